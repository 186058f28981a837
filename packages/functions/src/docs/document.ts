import { readFile } from "node:fs/promises";
import { generateSpecs } from "hono-openapi";
import { routes } from "../app.ts";
import { problems } from "../problem.ts";

const quickStart = await readFile(new URL("quick-start.md", import.meta.url), "utf8");
const errorRows = Object.entries(problems).map(
  ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
);

/** The API as an OpenAPI 3.1 document, generated from the schemas that validate requests. */
export const document = await generateSpecs(routes, {
  documentation: {
    info: {
      title: "unparquet API",
      version: "1",
      description: `${quickStart}| code | status | meaning |\n|---|---|---|\n${errorRows.join("\n")}\n`,
    },
    servers: [{ url: "/" }],
    tags: [{ name: "Upload" }, { name: "Jobs" }],
  },
  defaultValidationErrorResponse: false,
});
