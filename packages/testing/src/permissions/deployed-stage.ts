import path from "node:path";
import { root } from "@unparquet/local/paths";
import { type Answer, eventOf, responseOf } from "../api/gateway.ts";
import { arn } from "../deployment/arn.ts";
import { deploy } from "../deployment/deploy.ts";
import { type Lambda, startLambda } from "./lambda.ts";
import { type Permission, permissionsOf } from "./policy.ts";
import { type PolicyProxy, roleEnvironment, startPolicyProxy } from "./proxy.ts";

export interface Deployment {
  /** What each role's own document allows. */
  roles: Record<string, Permission[]>;
  proxy: PolicyProxy;
  /** Has a request answered by the function that its route leads to. */
  fetch: (request: Request) => Promise<Response>;
  /** Calls a function by its name in the program: `Reconcile`. */
  invoke: (name: string, event: unknown) => Promise<unknown>;
  stop: () => Promise<void>;
}

/** SST's link of that name, as the environment has it. */
const linkVariable = (name: string): string => `SST_RESOURCE_${name}`;

/** What of AWS the links of the test stage name, by the ARN that the program's policies have for it. */
function arnsByName(): Map<string, string> {
  const linked = {
    InputBucket: arn("aws:s3/bucket:Bucket", "InputBucket"),
    OutputBucket: arn("aws:s3/bucket:Bucket", "OutputBucket"),
    JobTable: arn("aws:dynamodb/table:Table", "JobTable"),
    GlueJob: arn("aws:glue/job:Job", "Converter"),
  };
  return new Map(
    Object.entries(linked).map(([link, found]) => [
      JSON.parse(process.env[linkVariable(link)] ?? "{}").name,
      found,
    ]),
  );
}

/** `GET /jobs/{jobId}` as the expression that its requests match; `$default` matches all. */
const routePattern = (routeKey: string): RegExp =>
  routeKey === "$default" ? /^/ : new RegExp(`^${routeKey.replaceAll(/\{\w+\}/g, "[^/]+")}$`);

/**
 * What `sst deploy` would deploy, on the embedded AWS of the test stage: each function with its own role, the links it is
 * given and the routes that lead to it. A function starts with its first call.
 */
export async function startDeployment(): Promise<Deployment> {
  const { all, one, built } = await deploy("pr-1");

  const documents = (role: string): unknown[] =>
    one("aws:iam/role:Role", role).inlinePolicies.map(({ policy }: { policy: string }) => JSON.parse(policy));
  const roles = Object.fromEntries(
    all("aws:iam/role:Role").map(({ name }) => [name, documents(name).flatMap(permissionsOf)]),
  );
  const everyone = all("aws:s3/bucketPolicy:BucketPolicy").flatMap(({ inputs }) =>
    permissionsOf(JSON.parse(inputs.policy)),
  );
  const arns = arnsByName();
  const proxy = await startPolicyProxy({
    roles,
    everyone,
    arnOf: (name) => arns.get(name),
    // Read anew each time: a test may set up a Glue of its own.
    upstream: (service) =>
      (service === "glue" ? process.env.AWS_ENDPOINT_URL_GLUE : process.env.AWS_ENDPOINT_URL) ?? "",
  });

  function start(name: string): Lambda {
    const { role, environment } = one("aws:lambda/function:Function", `${name}Function`);
    const { handler = "", links = {} } = built[name] ?? {};
    // Deployed, links are in an encrypted file.
    const { SST_KEY: _, SST_KEY_FILE: __, ...variables } = environment.variables;
    const linked = Object.entries(links).map(([link, value]) => {
      const variable = linkVariable(link);
      return [variable, process.env[variable] ?? JSON.stringify(value)];
    });
    return startLambda(path.join(root, handler.replace(/\.\w+$/, ".ts")), {
      ...variables,
      ...Object.fromEntries(linked),
      ...roleEnvironment(role.split("/").at(-1), proxy),
    });
  }
  const running = new Map<string, Lambda>();
  const invoke: Deployment["invoke"] = (name, event) => {
    const lambda = running.get(name) ?? start(name);
    running.set(name, lambda);
    return lambda.invoke(event);
  };

  const routes = all("aws:apigatewayv2/route:Route").map(({ inputs }) => {
    const integration = one("aws:apigatewayv2/integration:Integration", inputs.target.split("/")[1]);
    const [, name = ""] = /(\w+)Function$/.exec(integration.integrationUri) ?? [];
    return { pattern: routePattern(inputs.routeKey), isDefault: inputs.routeKey === "$default", name };
  });

  return {
    roles,
    proxy,
    invoke,
    fetch: async (request) => {
      const asked = `${request.method} ${new URL(request.url).pathname}`;
      const matching = routes.filter(({ pattern }) => pattern.test(asked));
      const route = matching.find(({ isDefault }) => !isDefault) ?? matching[0];
      if (!route) throw new Error(`No route leads to ${asked}`);
      return responseOf((await invoke(route.name, await eventOf(request))) as Answer);
    },
    stop: async () => {
      await Promise.all([...running.values()].map((lambda) => lambda.stop()));
      await proxy.stop();
    },
  };
}
