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
  /** Keyed by function name. */
  built: Record<string, Built>;
}

interface Statement {
  effect?: string;
  actions: string[];
  resources: string[];
  principals?: { identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

/** Formats a policy document, one line per statement: `Allow s3:GetObject on InputBucket/uploads/*`. */
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

/** The component name of a function. */
export const pascal = (name: string) =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

interface Options {
  /** The default is unparquet's own configuration. */
  config?: string;
  env?: NodeJS.ProcessEnv;
  dev?: boolean;
  /** The account's concurrency quota in Lambda. Defaults to 1000. */
  lambdaConcurrency?: number;
  /** Also bundles the handlers, each into its own folder below this one. */
  bundles?: string;
}

/** Returns every resource that `sst deploy` (or `sst dev`) would create for a stage. */
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
    /** The inputs of the only resource with that type and name. */
    one(type: string, name: string) {
      const [found, ...more] = all(type).filter((resource) => resource.name === name);
      if (!found || more.length)
        throw new Error(`${more.length + (found ? 1 : 0)} resources ${type} ${name}`);
      return found.inputs;
    },
  };
}
