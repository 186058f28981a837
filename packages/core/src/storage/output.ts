import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type * as z from "zod";
import { lazy, outputBucket, s3 } from "../aws.ts";
import { Claim, Heartbeat, Manifest, Progress } from "../conversion/reports.ts";
import { isMissingObject } from "../errors.ts";
import {
  type AttemptId,
  indexKey,
  manifestKey,
  type Output,
  outputKey,
  progressKey,
  runKey,
  stopKey,
} from "./keys.ts";

/** The output bucket's base URL, derived from a presigned URL so that it is right for every endpoint. */
const outputBase = lazy(async () => {
  const key = "key";
  const presigned = await getSignedUrl(s3(), new GetObjectCommand({ Bucket: outputBucket(), Key: key }));
  const url = new URL(presigned);
  return url.origin + url.pathname.slice(0, -key.length);
});

/** The public URL of an attempt's output. */
export async function outputUrl(job: Output): Promise<string> {
  return (await outputBase()) + outputKey(job).split("/").map(encodeURIComponent).join("/");
}

/** The URL of an index stays the same for this long, so that polling a job returns an unchanged response. */
const indexUrlReuseMs = 5 * 60_000;
const indexUrlSeconds = 15 * 60;

/** Presigns a read of an attempt's index. */
export function presignIndex(attempt: AttemptId): Promise<string> {
  const command = new GetObjectCommand({ Bucket: outputBucket(), Key: indexKey(attempt) });
  const signingDate = new Date(Math.floor(Date.now() / indexUrlReuseMs) * indexUrlReuseMs);
  return getSignedUrl(s3(), command, { expiresIn: indexUrlSeconds, signingDate });
}

/** Larger than any report that the converter writes. */
const reportMaxBytes = 1024 ** 2;

/** Reads a report. Null if it is missing or too large. */
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

/** Reads a report. Null if it is missing or invalid. */
async function parseReport<Schema extends z.ZodType>(
  key: string,
  schema: Schema,
): Promise<z.infer<Schema> | null> {
  const text = await readReport(key);
  return text === null ? null : (schema.safeParse(parseJson(text)).data ?? null);
}

export function readProgress(attempt: AttemptId): Promise<Progress | null> {
  return parseReport(progressKey(attempt), Progress);
}

export function readManifest(attempt: AttemptId): Promise<Manifest | null> {
  return parseReport(manifestKey(attempt), Manifest);
}

export function readClaim(attempt: AttemptId): Promise<Claim | null> {
  return parseReport(runKey(attempt), Claim);
}

export function readHeartbeat(attempt: AttemptId): Promise<Heartbeat | null> {
  return parseReport(progressKey(attempt), Heartbeat);
}

export async function isStopRequested(attempt: AttemptId): Promise<boolean> {
  return (await readReport(stopKey(attempt))) !== null;
}

/** Asks the attempt's run to stop, in a lane that looks for `stop.json`. */
export async function requestStop(attempt: AttemptId): Promise<void> {
  await s3().send(new PutObjectCommand({ Bucket: outputBucket(), Key: stopKey(attempt), Body: "{}" }));
}
