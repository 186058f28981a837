import { MiB, objectMaxBytes, partCountMax } from "@unparquet/core/deployment";
import { Job } from "@unparquet/core/job/schema";
import { Filename } from "@unparquet/core/storage/keys";
import * as z from "zod";
import { errors } from "./problem.ts";
import { createRoute } from "./route.ts";
import { integerParam, JobAnswer, jobParams, json } from "./shared.ts";

/** Bytes a direct upload may have: base64 inside a Lambda event, it has to stay under Lambda's 6 MB. */
export const directUploadMaxBytes = 4 * MiB;

export const directUploadContentTypes = [
  "application/vnd.apache.parquet",
  "application/octet-stream",
] as const;

export const SingleUpload = z
  .object({
    strategy: z.literal("single"),
    method: z.literal("PUT"),
    url: z.url(),
    headers: z.record(z.string(), z.string()).meta({ description: "Headers the PUT must carry." }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "SingleUpload", description: "PUT the whole file to `url`." });

export const MultipartUpload = z
  .object({
    strategy: z.literal("multipart"),
    uploadId: z.string(),
    partSize: z.int().meta({ description: "Bytes of every part but the last." }),
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

// Never validated (the body is no JSON); `never` keeps it out of the type of the JSON body beside it.
const Bytes = z.never().meta({ type: "string", format: "binary" });

const PartNumber = z.int().min(1).max(partCountMax);

export const createUploadRoute = createRoute({
  method: "post",
  path: "/upload",
  operationId: "createUpload",
  tags: ["Upload"],
  summary: "Make a job, and get where to upload its file",
  description:
    "With a JSON body: makes the job and answers where the file goes. With the file itself as body and its name " +
    `as \`filename\`: makes the job of a small file (up to ${directUploadMaxBytes / MiB} MiB), already uploaded.`,
  request: {
    query: z.object({
      filename: Filename.optional().meta({ description: "Only with the file itself as body." }),
    }),
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.object({
            filename: Filename,
            size: z.int().min(1).max(objectMaxBytes).meta({ description: "The file's size in bytes." }),
          }),
        },
        "application/vnd.apache.parquet": { schema: Bytes },
        "application/octet-stream": { schema: Bytes },
      },
    },
  },
  responses: {
    201: json(
      "The job, and how to upload its file. Without `upload` when the request brought the file.",
      z.object({ job: Job, upload: Upload.optional() }),
    ),
    ...errors("too_large", "unsupported_media_type"),
  },
});

export const uploadPartsRoute = createRoute({
  method: "get",
  path: "/upload/{jobId}/parts",
  operationId: "listUploadParts",
  tags: ["Upload"],
  summary: "Get URLs for parts of a multipart upload, and what is already there",
  request: {
    params: jobParams,
    query: z.object({
      from: integerParam(1, partCountMax, 1, "First part number."),
      count: integerParam(1, 1000, 100, "How many parts."),
    }),
  },
  responses: {
    200: json(
      "Fresh URLs of the parts asked for, and those of them a resumed upload may skip.",
      z.object({
        parts: z.array(z.object({ partNumber: PartNumber, url: z.url() })),
        uploaded: z.array(z.object({ partNumber: PartNumber, etag: z.string(), size: z.int() })),
      }),
    ),
    ...errors("job_not_found", "wrong_status", "input_missing"),
  },
});

export const completeUploadRoute = createRoute({
  method: "post",
  path: "/upload/{jobId}/complete",
  operationId: "completeUpload",
  tags: ["Upload"],
  summary: "Put the uploaded parts together",
  request: {
    params: jobParams,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.object({
            parts: z
              .array(z.object({ partNumber: PartNumber, etag: z.string().min(1).max(256) }))
              .min(1)
              .max(partCountMax)
              .refine(
                (parts) => new Set(parts.map(({ partNumber }) => partNumber)).size === parts.length,
                "names a part twice",
              ),
          }),
        },
      },
    },
  },
  responses: {
    200: json("The job, its file uploaded. The same call again answers the same.", JobAnswer),
    ...errors("job_not_found", "wrong_status", "input_missing", "too_large", "unsupported_media_type"),
  },
});
