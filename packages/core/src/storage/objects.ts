import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadRequest,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { inputBucket, outputBucket, s3 } from "../aws.ts";
import { hasName } from "../errors.ts";
import { type AttemptId, attemptPrefix, inputPrefix, outputPrefix, reportPrefix } from "./keys.ts";

/** Removes every object with a key prefix. */
export async function removeAll(Bucket: string, Prefix: string): Promise<void> {
  for await (const page of paginateListObjectsV2({ client: s3() }, { Bucket, Prefix })) {
    const Objects = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (Objects.length === 0) continue;
    const { Errors = [] } = await s3().send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    const [failed] = Errors;
    if (failed) throw new Error(`S3 did not delete ${failed.Key}: ${failed.Code} ${failed.Message}`);
  }
}

export function removeInput(jobId: string): Promise<void> {
  return removeAll(inputBucket(), inputPrefix(jobId));
}

/** Removes the outputs and reports of all attempts. */
export async function removeOutputs(jobId: string): Promise<void> {
  await Promise.all([
    removeAll(outputBucket(), outputPrefix(jobId)),
    removeAll(outputBucket(), reportPrefix(jobId)),
  ]);
}

/** Aborts a multipart upload, if it still exists. */
export async function abortUpload(upload: AbortMultipartUploadRequest): Promise<void> {
  try {
    await s3().send(new AbortMultipartUploadCommand(upload));
  } catch (error) {
    if (!hasName(error, "NoSuchUpload")) throw error;
  }
}

/** Aborts the multipart uploads that an attempt's run left when it was killed: their parts are billed. */
export async function abortOutputUploads(attempt: AttemptId): Promise<void> {
  const Bucket = outputBucket();
  const { Uploads = [] } = await s3().send(
    new ListMultipartUploadsCommand({ Bucket, Prefix: attemptPrefix(attempt) }),
  );
  await Promise.all(Uploads.map(({ Key, UploadId }) => abortUpload({ Bucket, Key, UploadId })));
}
