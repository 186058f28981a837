import * as z from "zod";
import { errors } from "./problem.ts";
import { createRoute } from "./route.ts";
import { json } from "./shared.ts";

export const openApiRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  tags: ["Documentation"],
  summary: "Get this document",
  responses: {
    200: json("The API as an OpenAPI 3.1 document.", z.any()),
    ...errors(),
  },
});

export const docsRoute = createRoute({
  method: "get",
  path: "/docs",
  operationId: "getDocs",
  tags: ["Documentation"],
  summary: "Read this documentation",
  responses: {
    200: { description: "A page for people.", content: { "text/html": { schema: z.string() } } },
    ...errors(),
  },
});
