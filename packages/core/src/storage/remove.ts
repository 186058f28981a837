import { DeleteObjectsCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { inputBucket, outputBucket, s3 } from "./buckets.ts";
import { inputPrefix, outputPrefix } from "./keys.ts";

const removeAll = async (Bucket: string, Prefix: string): Promise<void> => {
  for await (const page of paginateListObjectsV2({ client: s3() }, { Bucket, Prefix })) {
    const Objects = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (Objects.length === 0) continue;
    const { Errors = [] } = await s3().send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    const [failed] = Errors;
    if (failed) throw new Error(`S3 did not delete ${failed.Key}: ${failed.Code} ${failed.Message}`);
  }
};

export const removeInput = (jobId: string) => removeAll(inputBucket(), inputPrefix(jobId));

/** Removes what every attempt wrote. */
export const removeOutputs = (jobId: string) => removeAll(outputBucket(), outputPrefix(jobId));
