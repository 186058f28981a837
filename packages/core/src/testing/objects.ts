import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { inputBucket, outputBucket, s3 } from "../aws.ts";
import { inputKey } from "../storage/keys.ts";

/** Bytes that look like a Parquet file from both ends, with `footer` as the length of its footer. */
export const parquetLike = (footer = 4): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer);
  return Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(20), length, Buffer.from("PAR1")]);
};

export const putInput = async (job: { jobId: string; filename: string }, Body: Uint8Array): Promise<void> => {
  await s3().send(new PutObjectCommand({ Bucket: inputBucket(), Key: inputKey(job), Body }));
};

export const putOutput = async (Key: string, body: unknown): Promise<void> => {
  const Body = typeof body === "string" ? body : JSON.stringify(body);
  await s3().send(new PutObjectCommand({ Bucket: outputBucket(), Key, Body }));
};

/** Keys of everything that lies under a prefix, in both buckets. */
export const keysOf = async (jobId: string): Promise<string[]> => {
  const places = [
    { Bucket: inputBucket(), Prefix: `uploads/${jobId}/` },
    { Bucket: outputBucket(), Prefix: `jobs/${jobId}/` },
    { Bucket: outputBucket(), Prefix: `reports/${jobId}/` },
  ];
  const pages = await Promise.all(places.map((place) => s3().send(new ListObjectsV2Command(place))));
  return pages.flatMap(({ Contents = [] }) => Contents.flatMap(({ Key }) => Key ?? []));
};

export const readInput = async (job: { jobId: string; filename: string }): Promise<Buffer> => {
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: inputBucket(), Key: inputKey(job) }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
