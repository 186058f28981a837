import { MiB, objectMaxBytes, partCountMax } from "@unparquet/core/deployment";
import { UnparquetError } from "@unparquet/core/errors";
import { viewJob } from "@unparquet/core/job/jobs";
import { Job } from "@unparquet/core/job/schema";
import { beginUpload, completeUpload, uploadDirectly, uploadParts } from "@unparquet/core/job/upload";
import { Filename } from "@unparquet/core/storage/keys";
import { Hono, type MiddlewareHandler } from "hono";
import { describeRoute } from "hono-openapi";
import * as z from "zod";
import { type ApiEnv, bodyMaxBytes, callerOf, lambda } from "./http.ts";
import {
  errors,
  fileBody,
  fileOf,
  fileTypes,
  invalidRequest,
  isFile,
  JobParams,
  JobResponse,
  json,
  jsonOnly,
  mediaType,
  QueryInteger,
  validate,
} from "./schemas.ts";

const SingleUpload = z
  .object({
    strategy: z.literal("single"),
    method: z.literal("PUT"),
    url: z.url(),
    headers: z.record(z.string(), z.string()).meta({ description: "Headers to send with the PUT." }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "SingleUpload", description: "PUT the whole file to `url`." });

const MultipartUpload = z
  .object({
    strategy: z.literal("multipart"),
    uploadId: z.string(),
    partSize: z.int().meta({ description: "Bytes in each part except the last." }),
    partCount: z.int(),
  })
  .meta({
    id: "MultipartUpload",
    description:
      "PUT each part to its URL from GET /upload/{jobId}/parts, then POST /upload/{jobId}/complete.",
  });

export const Upload = z
  .discriminatedUnion("strategy", [SingleUpload, MultipartUpload])
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof Upload>;

const NewUpload = z.object({
  filename: Filename,
  size: z
    .int()
    .min(1, "The file is empty.")
    .max(objectMaxBytes)
    .meta({ description: "Size of the file in bytes." }),
});

const PartNumber = z.int().min(1).max(partCountMax);
const Parts = z.object({
  parts: z.array(z.object({ partNumber: PartNumber, url: z.url() })),
  uploaded: z.array(z.object({ partNumber: PartNumber, etag: z.string(), size: z.int() })),
});
const CompletedParts = z.object({
  parts: z
    .array(z.object({ partNumber: PartNumber, etag: z.string().min(1).max(256) }))
    .min(1)
    .max(partCountMax)
    .refine(
      (parts) => new Set(parts.map(({ partNumber }) => partNumber)).size === parts.length,
      "lists a part twice",
    ),
});

/** Creates a job from the file itself. A request with a JSON body goes to the next handler. */
const directUpload: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isFile(c)) {
    const type = mediaType(c.req.header("Content-Type"));
    if (type === undefined || type === "application/json") return next();
    throw new UnparquetError(
      "unsupported_media_type",
      `Send JSON as application/json, or the file as ${fileTypes.join(" or ")}.`,
    );
  }
  const query = z.object({ filename: Filename }).safeParse(c.req.query());
  if (!query.success) throw invalidRequest(query.error.issues);
  const { job } = await uploadDirectly(
    { filename: query.data.filename, caller: callerOf(c) },
    await fileOf(c),
  );
  return c.json({ job: await viewJob(job) }, 201);
};

export const upload = new Hono<ApiEnv>()
  .post(
    "/upload",
    describeRoute({
      operationId: "createUpload",
      tags: ["Upload"],
      summary: "Create a job and get the URL for its file",
      description:
        "With a JSON body: creates the job and returns where to upload the file. With the file as the body and its name in " +
        `\`filename\`: creates the job and stores the file, up to ${bodyMaxBytes / MiB} MiB.`,
      parameters: [
        {
          in: "query",
          name: "filename",
          description: "Only with the file as the body.",
          schema: { type: "string", example: "trips.parquet" },
        },
      ],
      requestBody: fileBody,
      responses: {
        201: json(
          "The job and how to upload its file. There is no `upload` if the request contained the file.",
          z.object({ job: Job, upload: Upload.optional() }),
        ),
        ...errors("too_large", "unsupported_media_type"),
      },
    }),
    directUpload,
    jsonOnly,
    validate("json", NewUpload),
    async (c) => {
      const { job, upload } = await beginUpload({ ...c.req.valid("json"), caller: callerOf(c) });
      return c.json({ job: await viewJob(job), upload }, 201);
    },
  )
  .get(
    "/upload/:jobId/parts",
    describeRoute({
      operationId: "listUploadParts",
      tags: ["Upload"],
      summary: "Get URLs for the parts of a multipart upload",
      description: "Also lists the parts that are already uploaded, which a resumed upload can skip.",
      responses: {
        200: json("Fresh URLs for the requested parts, and which of them are uploaded.", Parts),
        ...errors("job_not_found", "wrong_status", "input_missing"),
      },
    }),
    validate(
      "query",
      z.object({
        from: QueryInteger(1, partCountMax).default(1).meta({ description: "First part number." }),
        count: QueryInteger(1, 1000).default(100).meta({ description: "Number of parts." }),
      }),
    ),
    validate("param", JobParams),
    async (c) => {
      const { from, count } = c.req.valid("query");
      return c.json(await uploadParts(c.req.valid("param").jobId, from, count), 200);
    },
  )
  .post(
    "/upload/:jobId/complete",
    describeRoute({
      operationId: "completeUpload",
      tags: ["Upload"],
      summary: "Complete a multipart upload",
      responses: {
        200: json("The job, with its file uploaded. Repeating the call returns the same.", JobResponse),
        ...errors("job_not_found", "wrong_status", "input_missing", "too_large", "unsupported_media_type"),
      },
    }),
    validate("param", JobParams),
    jsonOnly,
    validate("json", CompletedParts),
    async (c) => {
      const job = await completeUpload(c.req.valid("param").jobId, c.req.valid("json").parts);
      return c.json({ job: await viewJob(job) }, 200);
    },
  );

export const handler = lambda(upload);
