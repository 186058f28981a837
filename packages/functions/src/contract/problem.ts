import { ErrorCode } from "@unparquet/core/errors";
import * as z from "zod";

/** HTTP status and title of every error code: the only place where a code becomes HTTP. */
export const problems = {
  invalid_request: { status: 400, title: "The request is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not valid" },
  job_not_found: { status: 404, title: "There is no such job" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  input_missing: { status: 409, title: "The file has not been uploaded" },
  not_ready: { status: 409, title: "There is no result yet" },
  wrong_status: { status: 409, title: "The job's status does not allow that" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  not_parquet: { status: 422, title: "The file is no Parquet file" },
  corrupt_file: { status: 422, title: "The file is damaged" },
  encrypted_file: { status: 422, title: "The file is encrypted" },
  unsupported_feature: { status: 422, title: "The file uses something unsupported" },
  unknown_column: { status: 422, title: "The file has no such column" },
  invalid_utf8: { status: 422, title: "The file holds text that is not UTF-8" },
  limit_exceeded: { status: 422, title: "The file exceeds a limit" },
  timed_out: { status: 422, title: "The conversion took too long" },
  out_of_memory: { status: 422, title: "The conversion ran out of memory" },
  stopped: { status: 422, title: "The conversion was stopped" },
  throttled: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong" },
  unavailable: { status: 503, title: "The service is not available right now" },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

export type ProblemStatus = (typeof problems)[ErrorCode]["status"];

/** RFC 9457 problem details, with a stable code and the request's id. */
export const Problem = z
  .object({
    type: z.string().meta({ description: "A URI that names the kind of problem.", example: "about:blank" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What is wrong here, for a person." }),
    code: ErrorCode,
    requestId: z.string(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

const problemResponse = (codes: ErrorCode[]) => ({
  description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(" "),
  content: { "application/problem+json": { schema: Problem } },
});

type StatusOf<Code extends ErrorCode> = (typeof problems)[Code]["status"];
type AnyRouteCode = "invalid_request" | "throttled" | "internal" | "unavailable";

/** The error answers of a route that may fail with these codes, besides those any route may fail with. */
export const errors = <Code extends ErrorCode>(...codes: Code[]) => {
  const all: ErrorCode[] = ["invalid_request", ...codes, "throttled", "internal", "unavailable"];
  const withStatus = (status: ProblemStatus) => all.filter((code) => problems[code].status === status);
  const statuses = new Set(all.map((code) => problems[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => [status, problemResponse(withStatus(status))]),
  ) as Record<StatusOf<Code | AnyRouteCode>, ReturnType<typeof problemResponse>>;
};
