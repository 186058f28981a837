import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { deploy } from "@unparquet/testing/deployment/deploy";
import { afterAll, describe, expect, test } from "vitest";

// Outside the project, so that no node_modules is found, as on Lambda.
const folder = await mkdtemp(join(tmpdir(), "unparquet-bundles-"));
afterAll(() => rm(folder, { recursive: true }));
const { built, all, one } = await deploy("pr-1", { bundles: folder });
// The archive contains the built dashboard beside the bundle.
await mkdir(join(folder, "Dashboard/dashboard"));

/** Bytes. The bundles are mostly the AWS SDK, ElectroDB and Zod, 350 kB of which hono-openapi adds. */
const limits: Record<string, number> = { Dashboard: 200_000 };

/** Runs code in a child process with only a function's environment variables. */
async function run(name: string, code: string) {
  const { environment } = one("aws:lambda/function:Function", `${name}Function`);
  const out = built[name]?.out ?? "";
  // Deployed functions read their links from a file encrypted with this key.
  const { SST_KEY, SST_KEY_FILE, ...variables } = environment.variables;
  const links = Object.entries(built[name]?.links ?? {});
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: out,
    env: {
      ...variables,
      AWS_REGION: "us-east-1",
      LAMBDA_TASK_ROOT: out,
      ...Object.fromEntries(links.map(([link, value]) => [`SST_RESOURCE_${link}`, JSON.stringify(value)])),
    },
  });
  return stdout;
}

const bundleOf = (name: string) => join(built[name]?.out ?? "", "bundle.mjs");
const importOf = (name: string) =>
  `const { handler } = await import(${JSON.stringify(pathToFileURL(bundleOf(name)))});`;

describe.each(Object.keys(built))("the bundle of %s", (name) => {
  const limit = limits[name] ?? 1_510_000;

  test(`the bundle of ${name} is smaller than ${limit} bytes`, async () => {
    expect((await readFile(bundleOf(name))).length).toBeLessThan(limit);
  });

  test(`the bundle of ${name} loads without node_modules`, async () => {
    expect(await run(name, `${importOf(name)} console.log(typeof handler);`)).toBe("function\n");
  });
});

test("a stack trace has TypeScript line numbers", async () => {
  const stack = await run(
    "RunEnded",
    `${importOf("RunEnded")} await handler({}).catch((error) => console.log(error.stack));`,
  );
  const source = await readFile("packages/functions/src/run-ended.ts", "utf8");
  const line = source.split("\n").findIndex((text) => text.includes("RunEvent.parse(event)")) + 1;
  expect(stack).toContain(`/packages/functions/src/run-ended.ts:${line}:`);
});

test("the archives contain the source maps", () => {
  expect(all("aws:s3/bucketObjectv2:BucketObjectv2").map(({ name }) => name)).not.toContainEqual(
    expect.stringContaining("Sourcemap"),
  );
});
