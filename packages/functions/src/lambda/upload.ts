import { handle } from "hono/aws-lambda";
import { uploadApp } from "../apps/upload.ts";
import { api } from "../http/api.ts";

export const handler = handle(api().route("/", uploadApp));
