import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { lazy, outputBucket, s3 } from "../aws.ts";
import { Manifest, Progress } from "../conversion/reports.ts";
import { isMissingObject } from "../errors.ts";
import { indexKey, manifestKey, outputKey, progressKey } from "./keys.ts";

/** The output bucket's own address, as the S3 client makes it: right on AWS and for whatever endpoint is set. */
const outputBase = lazy(async () => {
  const key = "key";
  const presigned = await getSignedUrl(s3(), new GetObjectCommand({ Bucket: outputBucket(), Key: key }));
  const url = new URL(presigned);
  return url.origin + url.pathname.slice(0, -key.length);
});

/** The public address of an attempt's output. */
export const outputUrl = async (job: Parameters<typeof outputKey>[0]): Promise<string> =>
  (await outputBase()) + outputKey(job).split("/").map(encodeURIComponent).join("/");

/** How long a URL of an index stays the same, so that a job that is asked for often is the same job, and how long it is valid. */
const indexUrlKeptMs = 5 * 60_000;
const indexUrlSeconds = 15 * 60;

/** An address of an attempt's index that needs no permission of its own, for reading. */
export function presignIndex(attempt: Parameters<typeof indexKey>[0]): Promise<string> {
  const command = new GetObjectCommand({ Bucket: outputBucket(), Key: indexKey(attempt) });
  const signingDate = new Date(Math.floor(Date.now() / indexUrlKeptMs) * indexUrlKeptMs);
  return getSignedUrl(s3(), command, { expiresIn: indexUrlSeconds, signingDate });
}

/** More than any report the converter writes: what is larger is not one. */
const reportMaxBytes = 1024 ** 2;

/** A report as text; null when it is missing, or too large to be one. */
async function readReport(key: string): Promise<string | null> {
  try {
    const { Body, ContentLength = 0 } = await s3().send(
      new GetObjectCommand({ Bucket: outputBucket(), Key: key }),
    );
    if (ContentLength <= reportMaxBytes) return (await Body?.transformToString()) ?? null;
    await Body?.transformToWebStream().cancel();
    return null;
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Progress of the current attempt; null before the first report. */
export async function readProgress(job: { jobId: string; attempt: number }): Promise<Progress | null> {
  const text = await readReport(progressKey(job));
  return text === null ? null : (Progress.safeParse(parseJson(text)).data ?? null);
}

/** What the current attempt's run reported at its end; null when there is nothing, or nothing that can be understood. */
export async function readManifest(job: { jobId: string; attempt: number }): Promise<Manifest | null> {
  const text = await readReport(manifestKey(job));
  return text === null ? null : (Manifest.safeParse(parseJson(text)).data ?? null);
}
