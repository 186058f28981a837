import { handle } from "hono/aws-lambda";
import { downloadApp } from "../apps/download.ts";
import { api } from "../http/api.ts";

export const handler = handle(api().route("/", downloadApp));
