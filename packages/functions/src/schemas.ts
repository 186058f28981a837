import { ErrorCode, UnparquetError } from "@unparquet/core/errors";
import { Job, JobId } from "@unparquet/core/job/schema";
import type { Context, MiddlewareHandler, ValidationTargets } from "hono";
import { resolver, validator } from "hono-openapi";
import * as z from "zod";
import type { ApiEnv } from "./http.ts";
import { problems } from "./problem.ts";

/** Any text: an id that no job can have is a job that does not exist. */
export const AnyJobId = z.string().min(1).max(256).meta({ example: JobId.meta()?.example });
export const JobParams = z.object({ jobId: AnyJobId });
export const JobResponse = z.object({ job: Job });

/** An integer in a query string, in plain digits: not `1e2` or `0x10`, which JavaScript also reads as numbers. */
export function QueryInteger(minimum: number, maximum: number) {
  return z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text), "is not a whole number")
    .pipe(z.coerce.number<string>().int().min(minimum).max(maximum))
    .meta({ type: "integer", minimum, maximum });
}

/** A query parameter that may repeat: Hono passes it as a string if it occurs once. */
export function QueryList<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((given?: unknown) => (given === undefined ? given : [given].flat()), schema);
}

/** Documents a JSON response. */
export function json(description: string, schema: z.ZodType) {
  return { description, content: { "application/json": { schema: resolver(schema) } } };
}

/** RFC 9457 problem details, with a stable code and the request's id. */
const Problem = z
  .object({
    type: z.string().meta({ description: "URI of this kind of problem.", example: "/docs#not_ready" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What went wrong, for people." }),
    code: ErrorCode,
    requestId: z.string(),
  })
  .meta({ id: "Problem" });

/** Documents the error responses of a route: these codes, and those that any route may return. */
export function errors(...codes: ErrorCode[]) {
  const all: ErrorCode[] = ["invalid_request", ...codes, "throttled", "internal", "unavailable"];
  const response = (status: number) => ({
    description: all
      .filter((code) => problems[code].status === status)
      .map((code) => `\`${code}\`: ${problems[code].title}.`)
      .join(" "),
    content: { "application/problem+json": { schema: resolver(Problem) } },
  });
  return Object.fromEntries(all.map((code) => [problems[code].status, response(problems[code].status)]));
}

/** Errors of the first look at a file, and of reading the request. */
export const conversionRefusals = [
  "wrong_status",
  "too_large",
  "unsupported_media_type",
  "not_parquet",
  "corrupt_file",
  "encrypted_file",
  "unsupported_feature",
  "unknown_column",
  "limit_exceeded",
] as const;

/** Validates a part of the request and documents it. Throws `invalid_request`, naming the field. */
export function validate<Target extends keyof ValidationTargets, Schema extends z.ZodType>(
  target: Target,
  schema: Schema,
) {
  return validator(target, schema, (result) => {
    if (!result.success) throw invalidRequest(result.error);
  });
}

export function invalidRequest(
  issues: readonly { path?: readonly unknown[] | undefined; message: string }[],
): UnparquetError {
  const detail = issues.map(({ path, message }) =>
    path?.length ? `${path.join(".")}: ${message}` : message,
  );
  return new UnparquetError("invalid_request", detail.join("; "));
}

export function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(";")[0]?.trim().toLowerCase();
}

function decodeUtf8(body: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** Refuses a body that is not declared as JSON or is not UTF-8. Comes before `validate("json", …)`. */
export const jsonOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const body = await c.req.arrayBuffer();
  const type = mediaType(c.req.header("Content-Type"));
  if (type === undefined ? body.byteLength > 0 : type !== "application/json") {
    throw new UnparquetError("unsupported_media_type", "Send the body as application/json.");
  }
  const text = decodeUtf8(body);
  // API Gateway replaces invalid UTF-8 with U+FFFD, which changes the number of bytes.
  const sent = c.env?.event?.headers?.["content-length"];
  const isReplaced = text?.includes("\uFFFD") && sent !== undefined && Number(sent) !== body.byteLength;
  if (text === undefined || isReplaced) throw new UnparquetError("invalid_request", "The body is not UTF-8.");
  await next();
};

export const fileTypes = ["application/vnd.apache.parquet", "application/octet-stream"];

/** Documents a request whose body is a file. */
export const fileBody = {
  content: Object.fromEntries(
    fileTypes.map((type) => [type, { schema: { type: "string", format: "binary" } as const }]),
  ),
};

/** The file in a request's body. Throws `invalid_request`, or `unsupported_media_type` if it is declared as something else. */
export async function fileOf(c: Context<ApiEnv>): Promise<Uint8Array> {
  if (!isFile(c)) {
    throw new UnparquetError("unsupported_media_type", `Send the file as ${fileTypes.join(" or ")}.`);
  }
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.length === 0) throw new UnparquetError("invalid_request", "The body is empty.");
  return bytes;
}

export function isFile(c: Context<ApiEnv>): boolean {
  return fileTypes.includes(mediaType(c.req.header("Content-Type")) ?? "");
}
