import { randomBytes, randomInt } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import * as z from "zod";

const Credentials = z.object({ accessKeyId: z.string().min(16), secretAccessKey: z.string().min(32) });

/** Access key of the embedded AWS's one user, who may do everything. */
export type Credentials = z.infer<typeof Credentials>;

export const region = "us-east-1";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function createCredentials(): Credentials {
  const id = Array.from({ length: 16 }, () => base32[randomInt(base32.length)]).join("");
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString("base64url") };
}

/** Writes a file that only this user can read. A reader finds the old content or the new, never a part. */
export async function writePrivately(file: string, value: unknown): Promise<void> {
  await fs.rm(`${file}.tmp`, { force: true });
  await fs.writeFile(`${file}.tmp`, JSON.stringify(value, null, 2), { mode: 0o600 });
  await fs.rename(`${file}.tmp`, file);
}

/** The credentials of the installation with that data folder. The first call makes them. */
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

/** The credentials in an environment of `awsEnvironment`. */
export function environmentCredentials(env: NodeJS.ProcessEnv): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  }
  return { accessKeyId, secretAccessKey };
}

/** What a client of the embedded AWS has in its environment. */
export function awsEnvironment(
  endpoints: { aws: string; glue?: string },
  { accessKeyId, secretAccessKey }: Credentials,
) {
  return {
    AWS_REGION: region,
    // The name boto3 and the AWS CLI know it by.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: endpoints.aws,
    ...(endpoints.glue === undefined ? {} : { AWS_ENDPOINT_URL_GLUE: endpoints.glue }),
  };
}
