import { docsRoute, openApiRoute } from "../contract/docs.ts";
import { document } from "../docs/document.ts";
import { page } from "../docs/page.ts";
import { routesApp } from "../http/api.ts";

export const docsApp = routesApp()
  .openapi(openApiRoute, (c) => c.json(document, 200))
  .openapi(docsRoute, (c) => c.html(page));
