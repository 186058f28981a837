import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "./credentials.ts";

/** Signs requests with Signature Version 4 as AWS's clients do. */
export function signer(service: string, region: string, credentials: Credentials): SignatureV4 {
  return new SignatureV4({
    service,
    region,
    credentials,
    sha256: Hash.bind(null, "sha256"),
    applyChecksum: false,
    // S3 alone signs its paths as they are sent.
    uriEscapePath: service !== "s3",
  });
}
