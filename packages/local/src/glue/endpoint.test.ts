import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { put, TestGlue } from "@unparquet/testing/glue/endpoint";
import { afterAll, beforeAll, expect, test } from "vitest";
import { python, root } from "../lib/paths.ts";

const glue = new TestGlue({ patience: 300 });

beforeAll(() => glue.start());
afterAll(() => glue.remove());

// The AWS CLI uses the same client, botocore.
test("boto3 works with the Glue endpoint and raises Glue's exceptions", async () => {
  const script = path.join(root, "packages/testing/src/glue/boto3_client.py");
  const quick = await put("quick.py", "");
  const slow = await put("slow.py", "import time\ntime.sleep(60)");
  const { stdout } = await promisify(execFile)(python, [script, glue.endpoint.url, quick, slow]);
  expect(JSON.parse(stdout)).toEqual({
    created: "boto",
    again: ["AlreadyExistsException", "AlreadyExistsException", "Job boto already exists."],
    missing: ["EntityNotFoundException", "EntityNotFoundException", "Job none not found."],
    invalid: [
      "InvalidInputException",
      "InvalidInputException",
      "Arguments: argument names must start with --",
    ],
    ended: ["SUCCEEDED", { "--name": "Ada" }, true],
    updated: "boto",
    script: true,
    concurrent: [
      "ConcurrentRunsExceededException",
      "ConcurrentRunsExceededException",
      "Concurrent runs exceeded for boto",
    ],
    submitted: [true],
    refused: ["EntityNotFoundException"],
    stopped: "STOPPED",
    runs: true,
  });
});
