import { fork } from "node:child_process";
import { join } from "node:path";
import type { Built } from "./cli.ts";

export interface Recorded {
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the inputs of any resource of any provider
  inputs: any;
  retained: boolean;
}

interface Result {
  app: {
    name: string;
    removal: string;
    protect: boolean;
    state: { purge: boolean };
    providers: { aws: { version: string } };
  };
  resources: Recorded[];
  outputs: Record<string, string>;
  /** By the function's name. */
  built: Record<string, Built>;
}

interface Statement {
  effect?: string;
  actions: string[];
  resources: string[];
  principals?: { identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

/** A policy document, one line a statement: `Allow s3:GetObject on InputBucket/uploads/*`. */
function statements(policy: string) {
  const name = (arn: string) => arn.replace(/^arn:aws:[\w-]+:[^:]*:[^:]*:/, "");
  return (JSON.parse(policy) as Statement[]).map(
    ({ effect = "Allow", actions, resources, principals = [], conditions = [] }) =>
      [
        `${effect} ${actions.join(" ")} on ${resources.map(name).join(" ")}`,
        ...principals.map(({ identifiers }) => `to ${identifiers.join(" ")}`),
        ...conditions.map(
          ({ test, variable, values }) => `if ${test} ${variable} ${values.map(name).join(" ")}`,
        ),
      ].join(" "),
  );
}

/** What a function of that name is called as a component. */
export const pascal = (name: string) =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

interface Options {
  /** Of which app: otherwise unparquet's own. */
  config?: string;
  env?: NodeJS.ProcessEnv;
  dev?: boolean;
  /** Concurrent executions that Lambda allows the account: otherwise 1000. */
  lambdaConcurrency?: number;
  /** Bundles the handlers, too, into a folder for each function below this one. */
  bundles?: string;
}

/** Every resource that `sst deploy` (or `sst dev`) would create for a stage. */
export async function deploy(
  stage: string,
  { config = "sst.config.ts", dev = false, lambdaConcurrency = 1000, bundles, env }: Options = {},
) {
  const program = fork(
    join(import.meta.dirname, "program.ts"),
    [
      "--stage",
      stage,
      "--config",
      config,
      "--lambda-concurrency",
      String(lambdaConcurrency),
      ...(dev ? ["--dev"] : []),
      ...(bundles ? ["--bundles", bundles] : []),
    ],
    { env: { ...process.env, ...env } },
  );
  const result = await new Promise<Result>((resolve, reject) => {
    program.on("message", (message) => resolve(message as Result));
    program.on("exit", (code) =>
      reject(new Error(`The infrastructure program ended with exit code ${code}`)),
    );
  });
  const all = (type: string) => result.resources.filter((resource) => resource.type === type);
  return {
    ...result,
    all,
    statements,
    /** Inputs of the one resource of that type and name. */
    one(type: string, name: string) {
      const [found, ...more] = all(type).filter((resource) => resource.name === name);
      if (!found || more.length)
        throw new Error(`${more.length + (found ? 1 : 0)} resources ${type} ${name}`);
      return found.inputs;
    },
  };
}
