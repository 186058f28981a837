import { handle } from "hono/aws-lambda";
import { docsApp } from "../apps/docs.ts";
import { api } from "../http/api.ts";

export const handler = handle(api().route("/", docsApp));
