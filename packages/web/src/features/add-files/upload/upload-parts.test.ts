import { text as textOf } from "node:stream/consumers";
import { beforeEach, expect, test } from "vitest";
import { apiForEachTest } from "../../../../test/api-server.ts";

// A storage and an API that fail where they are told to, which the real ones do not.
let stored: Map<number, string>;
let tries: string[];
let answer: (part: number, attempt: number) => number;
let completed: unknown;

beforeEach(() => {
  stored = new Map();
  tries = [];
  answer = () => 200;
  completed = undefined;
  troubles = [];
});

const origin = apiForEachTest(async (request, response) => {
  const body = await textOf(request);
  const url = new URL(request.url ?? "/", origin());
  if (request.method === "PUT") {
    const part = Number(url.searchParams.get("part"));
    tries.push(url.search);
    const attempt = tries.filter((search) => new URLSearchParams(search).get("part") === String(part)).length;
    response.statusCode = answer(part, attempt);
    if (response.statusCode === 200) {
      stored.set(part, body);
      response.setHeader("ETag", `"etag-${part}"`);
    }
    return response.end();
  }
  response.setHeader("Content-Type", "application/json");
  if (url.pathname.endsWith("/complete")) {
    completed = JSON.parse(body);
    return response.end('{"job":{}}');
  }
  const from = Number(url.searchParams.get("from"));
  const numbers = Array.from({ length: Number(url.searchParams.get("count")) }, (_, index) => from + index);
  const parts = numbers.map((partNumber) => ({
    partNumber,
    url: `${origin()}/storage?part=${partNumber}&signature=${Math.random()}`,
  }));
  const uploaded = numbers.flatMap((partNumber) => {
    const text = stored.get(partNumber);
    return text === undefined ? [] : [{ partNumber, etag: `"etag-${partNumber}"`, size: text.length }];
  });
  response.end(JSON.stringify({ parts, uploaded }));
});

let troubles: string[];
let transfer: { stored: number; moving: number; sent: number; trouble: string | undefined };

async function upload(text: string, partSize: number, pause = new AbortController().signal) {
  // Only now: the address of the API is read when the client is loaded.
  const { uploadParts } = await import("./upload-parts.ts");
  const partCount = Math.ceil(text.length / partSize);
  const { signal } = new AbortController();
  transfer = { stored: 0, moving: 0, sent: 0, trouble: undefined };
  const onTrouble = ({ message }: Error) => {
    transfer.trouble = message;
    troubles.push(message);
  };
  const how = { signal, pause, priority: 0, onTrouble, onStored: () => undefined };
  await uploadParts(new Blob([text]), { jobId: "job_a", partSize, partCount }, Object.assign(transfer, how));
}

const stitched = () =>
  [...stored]
    .sort(([a], [b]) => a - b)
    .map(([, text]) => text)
    .join("");
const etags = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ partNumber: i + 1, etag: `"etag-${i + 1}"` }));

test("every part arrives once, and they are put together in order", async () => {
  const text = Array.from({ length: 1234 }, (_, index) => index).join(",");
  await upload(text, 40);
  expect(stitched()).toBe(text);
  expect(tries).toHaveLength(Math.ceil(text.length / 40));
  expect(completed).toEqual({ parts: etags(Math.ceil(text.length / 40)) });
  expect(transfer).toMatchObject({ stored: text.length, moving: 0, sent: text.length });
});

test.each([
  ["fails", 503, ["The storage returned HTTP status 503."]],
  ["has an address that ran out", 403, []],
])("a part that %s is sent again, to a fresh address", async (_, status, expected) => {
  answer = (part, attempt) => (part === 2 && attempt === 1 ? status : 200);
  await upload("aaabbbc", 3);
  expect(stitched()).toBe("aaabbbc");
  expect(troubles).toEqual(expected);
  expect(transfer.trouble).toBeUndefined();
  const addresses = tries.filter((search) => search.includes("part=2"));
  expect(addresses).toHaveLength(2);
  expect(new Set(addresses).size).toBe(2);
});

test("parts that are there already are not sent again", async () => {
  stored.set(1, "aaa").set(3, "another size");
  await upload("aaabbbc", 3);
  expect(transfer).toMatchObject({ stored: 7, moving: 0, sent: 4 });
  expect(stitched()).toBe("aaabbbc");
  expect(tries.map((search) => new URLSearchParams(search).get("part")).toSorted()).toEqual(["2", "3"]);
  expect(completed).toEqual({ parts: etags(3) });
});

test("a pause lets parts on their way arrive and sends no others", async () => {
  const text = "abcdefghijklmnop";
  const pause = new AbortController();
  answer = () => {
    pause.abort(new Error("Paused"));
    return 200;
  };
  await expect(upload(text, 1, pause.signal)).rejects.toThrow("Paused");
  expect(stored.size).toBe(tries.length);
  expect(stored.size).toBeLessThan(text.length);
  expect(transfer).toMatchObject({ stored: stored.size, moving: 0 });
  expect(completed).toBeUndefined();

  await upload(text, 1);
  expect(tries).toHaveLength(text.length);
  expect(stitched()).toBe(text);
});

test("a part that is refused for good ends the upload with its status", async () => {
  answer = (part) => (part === 2 ? 400 : 200);
  await expect(upload("aaabbbc", 3)).rejects.toMatchObject({ name: "PutError", status: 400 });
  expect(completed).toBeUndefined();
});
