import { randomUUID } from "node:crypto";
import path from "node:path";
import { root } from "@unparquet/local/lib/paths";
import { inject } from "vitest";
import { type Answer, eventOf, responseOf } from "../api/gateway.ts";
import { laneFunction } from "../aws/lambda-lane.ts";
import { arn } from "../deployment/arn.ts";
import { deploy } from "../deployment/deploy.ts";
import { startGlueGate } from "./glue-gate.ts";
import { type Lambda, startLambda } from "./lambda.ts";
import { type LambdaGate, startLambdaGate } from "./lambda-gate.ts";
import { createRole, decisions, type Permission, permissionsOf } from "./roles.ts";

export interface Deployment {
  /** The permissions of each role. */
  roles: Record<string, Permission[]>;
  /** The name in the embedded IAM. */
  nameOf: (role: string) => string;
  /** Environment variables with the role's credentials. */
  environmentOf: (role: string) => Record<string, string>;
  /** Calls that IAM denied. */
  denials: (role?: string) => Promise<string[]>;
  /** Sids of the statements that allowed a call of the role. */
  used: (role: string) => Promise<Set<string>>;
  /** Routes a request to its function. */
  fetch: (request: Request) => Promise<Response>;
  /** Lambda's endpoint for the functions. */
  gate: LambdaGate;
  /** Ends the functions. The next calls start them with the current environment variables. */
  restart: () => Promise<void>;
  /** Invokes a function by its component name, such as `Reconcile`. */
  invoke: (name: string, event: unknown) => Promise<unknown>;
  stop: () => Promise<void>;
}

/** Reads an SST link from the environment. */
const linkVariable = (name: string): string => `SST_RESOURCE_${name}`;

/** Maps the ARNs in the program's policies to those of the test stage. */
function arnsOfStage(): Map<string, string> {
  const nameOf = (link: string): string => JSON.parse(process.env[linkVariable(link)] ?? "{}").name;
  const region = "us-east-1:000000000000";
  return new Map([
    [arn("aws:s3/bucket:Bucket", "InputBucket"), `arn:aws:s3:::${nameOf("InputBucket")}`],
    [arn("aws:s3/bucket:Bucket", "OutputBucket"), `arn:aws:s3:::${nameOf("OutputBucket")}`],
    [arn("aws:dynamodb/table:Table", "JobTable"), `arn:aws:dynamodb:${region}:table/${nameOf("JobTable")}`],
    [
      arn("aws:lambda/function:Function", "ConverterFunction"),
      `arn:aws:lambda:${region}:function:${laneFunction()}`,
    ],
    [arn("aws:glue/job:Job", "Converter"), `arn:aws:glue:${region}:job/${nameOf("GlueJob")}`],
  ]);
}

/** Converts a route such as `GET /jobs/{jobId}` into a regular expression. `$default` matches all requests. */
const routePattern = (routeKey: string): RegExp =>
  routeKey === "$default" ? /^/ : new RegExp(`^${routeKey.replaceAll(/\{\w+\}/g, "[^/]+")}$`);

/**
 * Runs the functions that `sst deploy` would deploy, with their own roles, links and routes, on the embedded AWS of the test
 * stage. A function starts on its first call.
 */
export async function startDeployment(): Promise<Deployment> {
  const { all, one, built } = await deploy("pr-1");

  const id = randomUUID().slice(0, 8);
  const nameHere = (role: string) => `${id}-${role}`;
  const { folder } = inject("suite");
  const decided = async (role?: string) =>
    (await decisions(folder)).filter((decision) =>
      role === undefined ? decision.role.startsWith(id) : decision.role === nameHere(role),
    );

  const roles = Object.fromEntries(
    all("aws:iam/role:Role").map(({ name, inputs }) => [
      name,
      permissionsOf(
        (inputs.inlinePolicies ?? []).flatMap(({ policy }: { policy: string }) => JSON.parse(policy)),
      ),
    ]),
  );
  const rolesByKey = new Map<string, string>();
  const glue = await startGlueGate((accessKeyId) => rolesByKey.get(accessKeyId) ?? "");
  const gate = await startLambdaGate();
  const arns = arnsOfStage();
  const environments = new Map<string, Record<string, string>>();
  for (const [role, permissions] of Object.entries(roles)) {
    const environment = await createRole(nameHere(role), permissions, arns);
    rolesByKey.set(environment.AWS_ACCESS_KEY_ID ?? "", nameHere(role));
    environments.set(role, {
      ...environment,
      AWS_ENDPOINT_URL_GLUE: glue.url,
      AWS_ENDPOINT_URL_LAMBDA: gate.url,
    });
  }
  const environmentOf = (role: string) => environments.get(role) ?? {};

  function start(name: string): Lambda {
    const { role, environment } = one("aws:lambda/function:Function", `${name}Function`);
    const { handler = "", links = {} } = built[name] ?? {};
    // A deployed function reads its links from an encrypted file.
    const { SST_KEY: _, SST_KEY_FILE: __, ...variables } = environment.variables;
    const linked = Object.entries(links).map(([link, value]) => {
      const variable = linkVariable(link);
      return [variable, process.env[variable] ?? JSON.stringify(value)];
    });
    return startLambda(path.join(root, handler.replace(/\.\w+$/, ".ts")), {
      ...variables,
      ...Object.fromEntries(linked),
      ...environmentOf(role.split("/").at(-1)),
    });
  }
  const running = new Map<string, Lambda>();
  const invoke: Deployment["invoke"] = (name, event) => {
    const lambda = running.get(name) ?? start(name);
    running.set(name, lambda);
    return lambda.invoke(event);
  };

  const restart = async () => {
    const stopped = [...running.values()];
    running.clear();
    await Promise.all(stopped.map((lambda) => lambda.stop()));
  };

  const routes = all("aws:apigatewayv2/route:Route").map(({ inputs }) => {
    const integration = one("aws:apigatewayv2/integration:Integration", inputs.target.split("/")[1]);
    const [, name = ""] = /(\w+)Function$/.exec(integration.integrationUri) ?? [];
    return { pattern: routePattern(inputs.routeKey), isDefault: inputs.routeKey === "$default", name };
  });

  return {
    roles,
    nameOf: nameHere,
    environmentOf,
    denials: async (role) =>
      (await decided(role))
        .filter(({ decision }) => decision !== "Allow")
        .map(({ role, action, resource }) => `${role}: ${action} on ${resource} is not allowed`),
    used: async (role) => new Set((await decided(role)).map(({ sid }) => sid)),
    gate,
    restart,
    invoke,
    fetch: async (request) => {
      const asked = `${request.method} ${new URL(request.url).pathname}`;
      const matching = routes.filter(({ pattern }) => pattern.test(asked));
      const route = matching.find(({ isDefault }) => !isDefault) ?? matching[0];
      if (!route) throw new Error(`No route leads to ${asked}`);
      return responseOf((await invoke(route.name, await eventOf(request))) as Answer);
    },
    stop: async () => {
      await restart();
      glue.stop();
      gate.stop();
    },
  };
}
