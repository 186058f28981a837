import { handle } from "hono/aws-lambda";
import { jobsApp } from "../apps/jobs.ts";
import { api } from "../http/api.ts";

export const handler = handle(api().route("/", jobsApp));
