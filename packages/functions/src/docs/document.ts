import { OpenAPIHono } from "@hono/zod-openapi";
import { routes } from "../contract/routes.ts";

const registry = new OpenAPIHono();
for (const route of routes) registry.openAPIRegistry.registerPath(route);

/** The API as an OpenAPI 3.1 document, made from the schemas that validate its requests. */
export const document = registry.getOpenAPI31Document({
  openapi: "3.1.0",
  info: {
    title: "unparquet",
    version: "1",
    description:
      "Parquet in, JSON out. Make a job with `POST /upload`, upload its file to the URL you get, start the conversion with " +
      "`POST /trigger-job`, follow it with `GET /job-status/{jobId}`, and fetch the JSON from `GET /download/{jobId}`.",
  },
  servers: [{ url: "/" }],
  tags: [{ name: "Upload" }, { name: "Jobs" }, { name: "Documentation" }],
});
