import path from "node:path";
import { handle } from "hono/aws-lambda";
import { Resource } from "sst";
import { dashboardApp } from "../apps/dashboard.ts";
import { api } from "../http/api.ts";
import { bucketOrigins } from "../static/bucket-origins.ts";
import { staticFiles } from "../static/files.ts";

// Where the deployment puts the built dashboard: beside the function's code.
const folder = path.join(process.env.LAMBDA_TASK_ROOT ?? import.meta.dirname, "dashboard");

const buckets = [Resource.InputBucket.name, Resource.OutputBucket.name];

export const handler = handle(
  api().route("/", dashboardApp(await staticFiles(folder), bucketOrigins(buckets, process.env))),
);
