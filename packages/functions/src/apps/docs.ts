import { secureHeaders } from "hono/secure-headers";
import { docsRoute, openApiRoute } from "../contract/docs.ts";
import { document } from "../docs/document.ts";
import { page, styleHash } from "../docs/page.ts";
import { routesApp } from "../http/routes.ts";

const none = ["'none'"];
const nothingButStyles = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: none,
    styleSrc: [`'sha256-${styleHash}'`],
    baseUri: none,
    formAction: none,
    frameAncestors: none,
  },
  xFrameOptions: "DENY",
});

export const docsApp = routesApp()
  .openapi(openApiRoute, (c) => c.json(document, 200))
  .openapi({ ...docsRoute, middleware: nothingButStyles }, (c) => c.html(page));
