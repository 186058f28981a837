import { randomBytes, randomInt } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import { writeFile } from "atomically";
import * as z from "zod";

const Credentials = z.object({ accessKeyId: z.string().min(16), secretAccessKey: z.string().min(32) });

/** Access key of the embedded AWS's only user, who may do everything. */
export type Credentials = z.infer<typeof Credentials>;

export const region = "us-east-1";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function createCredentials(): Credentials {
  const id = Array.from({ length: 16 }, () => base32[randomInt(base32.length)]).join("");
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString("base64url") };
}

/** Writes JSON to a file that only this user can read. */
export function writePrivately(file: string, value: unknown): Promise<void> {
  return writeFile(file, JSON.stringify(value, null, 2), { mode: 0o600 });
}

/** Reads the access key of the data folder, or creates it on the first call. */
export async function installationCredentials(folder: string): Promise<Credentials> {
  const file = path.join(folder, "credentials.json");
  let text: string;
  try {
    text = await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const created = createCredentials();
    await writePrivately(file, created);
    return created;
  }
  try {
    return Credentials.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is damaged: delete it to get new credentials`, { cause: error });
  }
}

/** Reads the access key from environment variables. */
export function environmentCredentials(env: NodeJS.ProcessEnv): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  }
  return { accessKeyId, secretAccessKey };
}

/** Environment variables for clients of the embedded AWS. */
export function awsEnvironment(
  endpoints: { aws: string; glue?: string },
  { accessKeyId, secretAccessKey }: Credentials,
) {
  return {
    AWS_REGION: region,
    // boto3 and the AWS CLI read only this one.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: endpoints.aws,
    ...(endpoints.glue === undefined ? {} : { AWS_ENDPOINT_URL_GLUE: endpoints.glue }),
  };
}

/** Creates a signer that signs requests as AWS's own clients do. */
export function signer(service: string, region: string, credentials: Credentials): SignatureV4 {
  return new SignatureV4({
    service,
    region,
    credentials,
    sha256: Hash.bind(null, "sha256"),
    applyChecksum: false,
    // Only S3 signs paths without escaping them a second time.
    uriEscapePath: service !== "s3",
  });
}
