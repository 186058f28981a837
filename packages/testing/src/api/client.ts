import { app } from "@unparquet/functions/app";
import { document } from "@unparquet/functions/docs/document";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { routeOf } from "./routes.ts";

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: "api", ...document });

const escaped = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");

/** Fails unless the OpenAPI document describes this response. */
const expectDocumented = async (method: string, pathname: string, response: Response) => {
  const template = routeOf(method, pathname)?.replaceAll(/:(\w+)/g, "{$1}");
  if (!template) return;
  const { status } = response;
  const operation = method.toLowerCase() as "get" | "post" | "delete";
  const answer = document.paths[template]?.[operation]?.responses?.[status];
  expect(answer, `${method} ${template} is not documented to answer ${status}`).toBeDefined();
  const type = response.headers.get("Content-Type")?.split(";")[0];
  if (!type?.endsWith("json")) return;
  const path = ["paths", template, operation, "responses", `${status}`, "content", type, "schema"];
  const validate = ajv.getSchema(`api#/${path.map((part) => encodeURIComponent(escaped(part))).join("/")}`);
  expect(validate, `${method} ${template} is not documented to answer ${type}`).toBeDefined();
  validate?.(await response.clone().json());
  expect(validate?.errors ?? []).toEqual([]);
};

/** Target of requests. The default is the whole API as one app; a test may set `to` to the deployed functions. */
export const transport: { to: (request: Request) => Response | Promise<Response> } = { to: app.fetch };

/** Sends a request to the API and checks its response against the OpenAPI document. */
export const request = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
  const response = await transport.to(new Request(new URL(path, "http://localhost"), { ...init, method }));
  expect(response.headers.get("X-Request-Id")).toMatch(/^[\w-]+$/);
  await expectDocumented(method, path.split("?")[0] ?? path, response);
  return response;
};

export const get = (path: string, headers: Record<string, string> = {}) => request("GET", path, { headers });

export const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  request("POST", path, {
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
  });

/** Fails unless the response is an RFC 9457 problem with this code. */
export const expectProblem = async (response: Response, status: number, code: string) => {
  const body: unknown = await response.json();
  expect(body).toEqual({
    type: `/docs#${code}`,
    title: expect.any(String),
    status,
    detail: expect.stringMatching(/./),
    code,
    requestId: response.headers.get("X-Request-Id"),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  return body as { detail: string };
};
