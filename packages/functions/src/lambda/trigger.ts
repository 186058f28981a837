import { handle } from "hono/aws-lambda";
import { triggerApp } from "../apps/trigger.ts";
import { api } from "../http/api.ts";

export const handler = handle(api().route("/", triggerApp));
