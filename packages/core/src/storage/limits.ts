/** S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. No imports: the API's contract uses it too. */
export const MiB = 1024 ** 2;
export const partCountMax = 10_000;
const partMaxBytes = 5 * 1024 * MiB;
/** 48.8 TiB. A single PUT takes no more than a part. */
export const objectMaxBytes = partCountMax * partMaxBytes;

/** Bytes up to which one PUT is asked for; larger files are uploaded in parts. */
export const singleUploadMaxBytes = 64 * MiB;

/** Bytes a part has: few enough to be sent again after a fault, and enough to stay within S3's number of parts. */
export const partSizeFor = (size: number): number =>
  Math.max(16 * MiB, Math.ceil(size / partCountMax / MiB) * MiB);
