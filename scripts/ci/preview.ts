// node scripts/ci/preview.ts deployed|failed|removed [--outputs FILE --diff FILE --base FILE --head FILE]: writes the pull
// request's comment. --outputs are the stage's, --diff is what `sst diff --json` printed, --base and --head are the OpenAPI
// documents of both sides. A file that is not there, or not whole, is a comparison that could not be made.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { deploymentComment, removedComment } from "./comment.ts";
import { type Environment, github } from "./github.ts";
import { apiChanges, type OpenApi } from "./openapi-changes.ts";
import { resourceChanges, type Step } from "./sst-diff.ts";

const { positionals, values: files } = parseArgs({
  allowPositionals: true,
  options: {
    outputs: { type: "string" },
    diff: { type: "string" },
    base: { type: "string" },
    head: { type: "string" },
  },
});
const [outcome] = positionals;
const env = process.env as NodeJS.ProcessEnv &
  Environment & { PULL: string; STAGE: string; COMMIT: string; RUN_URL: string };
const preview = { stage: env.STAGE, runUrl: env.RUN_URL, commit: env.COMMIT };

async function read<T>(file: string | undefined): Promise<T | undefined> {
  try {
    return file && JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    console.error(`${file}: ${error}`);
    return undefined;
  }
}

async function compose() {
  if (outcome === "removed") return removedComment(preview);
  const steps = await read<Step[]>(files.diff);
  const base = await read<OpenApi>(files.base);
  const head = await read<OpenApi>(files.head);
  return deploymentComment({
    ...preview,
    urls: outcome === "deployed" ? await read(files.outputs) : undefined,
    resources: steps && resourceChanges(steps),
    api: base && head && apiChanges(base, head),
  });
}

await github(env).comment(Number(env.PULL), await compose());
