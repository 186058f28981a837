/**
 * npm run doctor [-- --stage STAGE]: checks whether a stage can be deployed with the current AWS credentials. Exits with 1 on
 * errors. docs/operations.md explains each finding.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { checkBootstrap, hasState } from "./bootstrap.ts";
import { checkConverter } from "./converter.ts";
import { type Caller, checkCredentials, checkRegion } from "./credentials.ts";
import type { Finding } from "./finding.ts";
import { checkGlue } from "./glue.ts";
import { checkLambda } from "./lambda.ts";
import { checkPublicAccess } from "./s3.ts";

interface App {
  name: string;
  providers: { aws: { region: string } };
}

/** Reads sst.config.ts without SST. */
async function appOf(stage: string): Promise<App> {
  Object.assign(globalThis, { $config: (config: unknown) => config });
  const file = pathToFileURL(join(import.meta.dirname, "../../sst.config.ts")).href;
  const { default: config }: { default: { app(input: { stage: string }): App } } = await import(file);
  return config.app({ stage });
}

async function checkAccount(caller: Caller, region: string, app: string, stage: string) {
  const [{ finding, bootstrap }, publicAccess, glue] = await Promise.all([
    checkBootstrap(region, caller),
    checkPublicAccess(region, caller.account),
    checkGlue(region),
  ]);
  const production = stage === "production";
  const first = production && !(bootstrap && (await hasState(region, bootstrap, app, stage)));
  return [await checkLambda(region, first), publicAccess, glue, finding];
}

const marks = { ok: "✓", warning: "!", error: "✗" };

const { stage = "" } = parseArgs({ options: { stage: { type: "string" } } }).values;
const { name, providers } = await appOf(stage);
const { region } = providers.aws;
const [{ caller, finding }, converter] = await Promise.all([checkCredentials(region), checkConverter()]);
const findings: Finding[] = [
  finding,
  ...(caller ? [await checkRegion(region), ...(await checkAccount(caller, region, name, stage))] : []),
  converter,
];
for (const { level, text } of findings) console.log(`  ${marks[level]} ${text}`);
if (findings.some(({ level }) => level === "error")) process.exitCode = 1;
