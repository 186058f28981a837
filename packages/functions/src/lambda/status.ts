import { handle } from "hono/aws-lambda";
import { statusApp } from "../apps/status.ts";
import { api } from "../http/api.ts";

export const handler = handle(api().route("/", statusApp));
