import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Credentials } from "../lib/credentials.ts";
import { refusePages } from "../lib/serve.ts";
import { type Context, operations } from "./operations.ts";
import { GlueError } from "./schema.ts";
import { verifySignature } from "./signature.ts";

const TYPE = "application/x-amz-json-1.1";

/**
 * Glue's API in AWS JSON 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html. Requests must be signed with the
 * credentials, and must not come from web pages.
 */
export function glueApp(context: Context, credentials: Credentials | "any"): Hono {
  const app = new Hono();

  app.use(async (c, next) => {
    await next();
    c.header("x-amzn-RequestId", randomUUID());
  });

  app.get("/health", (c) => c.json({ service: "glue" }));

  app.post("/", refusePages, bodyLimit({ maxSize: 1024 * 1024 }), async (c) => {
    const text = await c.req.text();
    if (credentials !== "any") await verifySignature({ headers: c.req.header(), body: text }, credentials);
    const [service, name = ""] = (c.req.header("x-amz-target") ?? "").split(".");
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (service !== "AWSGlue" || !operation) {
      throw new GlueError("UnknownOperationException", `Unknown operation ${name || "(none)"}`);
    }
    let input: unknown;
    try {
      input = JSON.parse(text || "{}");
    } catch {
      throw new GlueError("InvalidInputException", "The request body is not JSON");
    }
    return c.body(JSON.stringify(await operation(context, input)), 200, { "content-type": TYPE });
  });

  app.onError((error, c) => {
    const known = error instanceof GlueError;
    if (!known) console.error("glue:", error);
    const body = {
      __type: known ? error.type : "InternalServiceException",
      Message: known ? error.message : "The local Glue endpoint failed: see its log.",
    };
    return c.body(JSON.stringify(body), known ? 400 : 500, { "content-type": TYPE });
  });

  return app;
}
