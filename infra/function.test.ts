import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { deploy } from "@unparquet/testing/deployment/deploy";
import { afterAll, describe, expect, it } from "vitest";

// Far from any node_modules, as on Lambda.
const folder = await mkdtemp(join(tmpdir(), "unparquet-bundles-"));
afterAll(() => rm(folder, { recursive: true }));
const { built, all, one } = await deploy("pr-1", { bundles: folder });
// The built dashboard, which the archive has beside the bundle.
await mkdir(join(folder, "Dashboard/dashboard"));

/** Bytes. Other bundles consist mostly of the AWS SDK, ElectroDB and Zod, of which hono-openapi adds 350 kB. */
const limits: Record<string, number> = { Dashboard: 200_000 };

/** Runs code in a process of its own, with what a function has in its environment and nothing else. */
async function run(name: string, code: string) {
  const { environment } = one("aws:lambda/function:Function", `${name}Function`);
  const out = built[name]?.out ?? "";
  // Deployed, the links come in a file encrypted with this key.
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
  const limit = limits[name] ?? 1_500_000;

  it(`is smaller than ${limit} bytes`, async () => {
    expect((await readFile(bundleOf(name))).length).toBeLessThan(limit);
  });

  it("loads without node_modules", async () => {
    expect(await run(name, `${importOf(name)} console.log(typeof handler);`)).toBe("function\n");
  });
});

it("names the TypeScript line that threw", async () => {
  const stack = await run(
    "RunEnded",
    `${importOf("RunEnded")} await handler({}).catch((error) => console.log(error.stack));`,
  );
  const source = await readFile("packages/functions/src/run-ended.ts", "utf8");
  const line = source.split("\n").findIndex((text) => text.includes("RunEvent.parse(event)")) + 1;
  expect(stack).toContain(`/packages/functions/src/run-ended.ts:${line}:`);
});

it("keeps the maps in the archives", () => {
  expect(all("aws:s3/bucketObjectv2:BucketObjectv2").map(({ name }) => name)).not.toContainEqual(
    expect.stringContaining("Sourcemap"),
  );
});
