import { GetJobCommand, GlueClient } from "@aws-sdk/client-glue";
import { signedHeaders } from "@unparquet/testing/aws/signed";
import { TestGlue } from "@unparquet/testing/glue/endpoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environmentCredentials } from "../lib/credentials.ts";

const glue = new TestGlue();
beforeAll(() => glue.start());
afterAll(() => glue.remove());

const target = "AWSGlue.GetJob";
const body = '{"JobName":"none"}';
const call = { service: "glue" as const, target, body };

/** What Glue answers to a request that was signed and then changed. */
async function ask(
  change: { headers?: Record<string, string>; body?: string; path?: string; at?: Date } = {},
) {
  const { url } = glue.endpoint;
  const headers = {
    ...(await signedHeaders(url, { ...call, ...(change.at && { at: change.at }) })),
    ...change.headers,
  };
  const answer = await fetch(url + (change.path ?? ""), {
    method: "POST",
    headers,
    body: change.body ?? body,
  });
  return answer.json();
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test("Glue answers a request that was signed with its credentials", async () => {
  expect(await ask()).toMatchObject({ __type: "EntityNotFoundException" });
  expect(await ask({ at: minutesAgo(4) })).toMatchObject({ __type: "EntityNotFoundException" });
});

describe("refusals", () => {
  const invalid = { __type: "InvalidSignatureException" };

  test("Glue refuses a signature that is more than five minutes from now", async () => {
    expect(await ask({ at: minutesAgo(6) })).toMatchObject(invalid);
    expect(await ask({ at: minutesAgo(-6) })).toMatchObject(invalid);
  });

  test("Glue refuses a request whose body was changed", async () => {
    expect(await ask({ body: '{"JobName":"other"}' })).toMatchObject(invalid);
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    expect(await ask({ headers, body: '{"JobName":"other"}' })).toMatchObject(invalid);
  });

  test("Glue refuses a request whose operation or date was changed", async () => {
    expect(await ask({ headers: { "x-amz-target": "AWSGlue.DeleteJob" } })).toMatchObject(invalid);
    const later = new Date()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, "")
      .replace(/..Z$/, "00Z");
    expect(await ask({ at: minutesAgo(1), headers: { "x-amz-date": later } })).toMatchObject(invalid);
    expect(await ask({ headers: { "x-amz-date": "now" } })).toMatchObject(invalid);
  });

  test("Glue refuses a request that is not signed, or whose host and operation are not", async () => {
    const { authorization = "" } = await signedHeaders(glue.endpoint.url, call);
    const incomplete = { __type: "IncompleteSignatureException" };
    for (const other of [
      authorization.replace("x-amz-target", "x-amz-date"),
      authorization.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
      "Basic dGVzdDp0ZXN0",
      "",
    ]) {
      expect(await ask({ headers: { authorization: other } })).toMatchObject(incomplete);
    }
    const unsigned = await fetch(glue.endpoint.url, {
      method: "POST",
      headers: { "x-amz-target": target },
      body,
    });
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      400,
      { __type: "MissingAuthenticationTokenException" },
    ]);
  });

  test("Glue refuses a session token", async () => {
    expect(await ask({ headers: { "x-amz-security-token": "token" } })).toMatchObject({
      __type: "UnrecognizedClientException",
    });
  });

  test("Glue refuses a signature for another service", async () => {
    const headers = await signedHeaders(glue.endpoint.url, { ...call, service: "dynamodb" });
    const answer = await fetch(glue.endpoint.url, { method: "POST", headers, body });
    expect(await answer.json()).toMatchObject(invalid);
  });

  test("Glue refuses another access key and another secret", async () => {
    const own = environmentCredentials(process.env);
    const get = (credentials: typeof own) =>
      new GlueClient({ endpoint: glue.endpoint.url, credentials }).send(
        new GetJobCommand({ JobName: "none" }),
      );
    await expect(get({ ...own, secretAccessKey: "test" })).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
    await expect(get({ ...own, accessKeyId: "test" })).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });
});
