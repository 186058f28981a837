import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const folder = await mkdtemp(join(tmpdir(), "unparquet-preview-"));
afterAll(() => rm(folder, { recursive: true }));

async function preview(OUTCOME: string, files: { outputs?: string; log?: string; api?: string }) {
  const args = await Promise.all(
    Object.entries(files).map(async ([name, content]) => {
      const file = join(folder, name);
      await writeFile(file, content);
      return [`--${name}`, file];
    }),
  );
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, "preview.ts"), ...args.flat()],
    { env: { OUTCOME, STAGE: "pr-12", COMMIT: "0123456789abcdef", RUN_URL: "https://run.test" } },
  );
  return stdout;
}

const outputs = JSON.stringify({ dashboard: "https://dash.test", api: "https://api.test" });

it("links the preview and lists what changed in the API and in the stage", async () => {
  const comment = await preview("success", {
    outputs,
    log: "SST 4.17.1\n|  Created     Input sst:aws:Bucket → InputCors aws:s3:BucketCorsConfiguration\n✓  Complete\n",
    // Printed by oasdiff 1.37.0.
    api: "# API Changelog 1 vs. 1\n\n\n## API Changes\n\n### GET /x\n- :warning: API path removed without deprecation\n",
  });
  expect(comment).toBe(`### [Open the preview](https://dash.test)
Stage \`pr-12\` · commit 0123456 · [log](https://run.test) · [API](https://api.test/docs)

<details><summary>API changes · ⚠️ breaking</summary>

## API Changes

### GET /x
- :warning: API path removed without deprecation

</details>

<details><summary>Resource changes</summary>

\`\`\`
|  Created     Input sst:aws:Bucket → InputCors aws:s3:BucketCorsConfiguration
\`\`\`

</details>

`);
});

it("reports a failed deployment even if the API could not be compared", async () => {
  const comment = await preview("failure", { log: "" });
  expect(comment).toContain("could not be deployed");
  expect(comment).toContain("Not available: see the log.");
  expect(comment).toContain("No changes.");
});

it("stays below GitHub's limit for comments", async () => {
  const comment = await preview("success", {
    outputs,
    log: "|  Created     Function\n".repeat(5_000),
    api: "- added an endpoint\n".repeat(5_000),
  });
  expect(comment.length).toBeLessThan(65_536);
  expect(comment.match(/<\/details>/g)).toHaveLength(2);
  expect(comment.match(/^```$/gm)).toHaveLength(2);
});

it("prints the API's document", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "openapi.ts")]);
  expect(JSON.parse(stdout)).toMatchObject({ openapi: "3.1.0", paths: { "/upload": { post: {} } } });
});
