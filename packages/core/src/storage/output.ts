import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { isMissingObject } from "../aws/errors.ts";
import { lazy } from "../aws/lazy.ts";
import { Manifest } from "../job/manifest.ts";
import { Progress } from "../job/schema.ts";
import { outputBucket, s3 } from "./buckets.ts";
import { manifestKey, outputKey, progressKey } from "./keys.ts";

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

const readText = async (key: string): Promise<string | null> => {
  try {
    const object = await s3().send(new GetObjectCommand({ Bucket: outputBucket(), Key: key }));
    return (await object.Body?.transformToString()) ?? null;
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** How far the current attempt is; null while it has not said so. */
export const readProgress = async (job: { jobId: string; attempt: number }): Promise<Progress | null> => {
  const text = await readText(progressKey(job));
  return text === null ? null : (Progress.safeParse(parseJson(text)).data ?? null);
};

/** What the current attempt says about its end; null when it says nothing, or nothing that can be understood. */
export const readManifest = async (job: { jobId: string; attempt: number }): Promise<Manifest | null> => {
  const text = await readText(manifestKey(job));
  return text === null ? null : (Manifest.safeParse(parseJson(text)).data ?? null);
};
