import { S3Client } from "@aws-sdk/client-s3";
import { Resource } from "sst";
import { lazy } from "../aws/lazy.ts";

// Without this the SDK would sign a checksum of an empty body into presigned URLs, and no plain PUT would match it.
export const s3 = lazy(() => new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED" }));

export const inputBucket = () => Resource.InputBucket.name;
export const outputBucket = () => Resource.OutputBucket.name;
