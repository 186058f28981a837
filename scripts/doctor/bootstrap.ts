import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { HeadBucketCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import * as z from "zod";
import { clientOptions, isAwsError, statusOf, unchecked } from "./aws.ts";
import type { Caller } from "./credentials.ts";
import { error, type Finding, ok, warning } from "./finding.ts";

const parameter = "/sst/bootstrap";

/** SST's buckets, as it stores them in SSM: pkg/project/provider/aws.go */
const Bootstrap = z.object({ asset: z.string().min(1), state: z.string().min(1) });
type Bootstrap = z.infer<typeof Bootstrap>;

/** Checks that what SST creates before its first deployment in an account and region still exists. */
export async function checkBootstrap(
  region: string,
  caller: Caller,
): Promise<{ finding: Finding; bootstrap?: Bootstrap }> {
  try {
    const ssm = new SSMClient(clientOptions(region));
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    const bootstrap = Bootstrap.parse(JSON.parse(Parameter?.Value ?? ""));
    return { finding: await checkBuckets(region, bootstrap), bootstrap };
  } catch (thrown) {
    if (isAwsError(thrown) && thrown.name === "ParameterNotFound") {
      return { finding: await checkMayBootstrap(region, caller) };
    }
    if (thrown instanceof z.ZodError || thrown instanceof SyntaxError) {
      return {
        finding: error(
          `SST's bootstrap is damaged: delete the SSM parameter ${parameter} in ${region}, so that the next deployment creates its buckets again.`,
        ),
      };
    }
    return { finding: unchecked("SST's bootstrap", `ssm:GetParameter on ${parameter}`, thrown) };
  }
}

async function checkBuckets(region: string, { asset, state }: Bootstrap): Promise<Finding> {
  const s3 = new S3Client(clientOptions(region));
  for (const Bucket of [state, asset]) {
    try {
      await s3.send(new HeadBucketCommand({ Bucket }));
    } catch (thrown) {
      if (statusOf(thrown) !== 404) return unchecked(`SST's bucket ${Bucket}`, "s3:ListBucket on it", thrown);
      return error(
        `SST's bucket ${Bucket} has been deleted: delete the SSM parameter ${parameter} in ${region} as well, so that the next deployment creates its buckets again.`,
      );
    }
  }
  return ok(`SST: bootstrapped, with its state in ${state}`);
}

/** Whether the stage has been deployed before. */
export async function hasState(region: string, { state }: Bootstrap, app: string, stage: string) {
  try {
    const Key = `app/${app}/${stage}.json`;
    await new S3Client(clientOptions(region)).send(new HeadObjectCommand({ Bucket: state, Key }));
    return true;
  } catch {
    return false;
  }
}

/** Permissions needed to create the bootstrap, by resource. */
function bootstrapActions(region: string, account: string): Record<string, string[]> {
  return {
    "arn:aws:s3:::sst-state-000000000000": [
      "s3:CreateBucket",
      "s3:PutBucketPolicy",
      "s3:PutBucketVersioning",
    ],
    [`arn:aws:ecr:${region}:${account}:repository/sst-asset`]: ["ecr:CreateRepository"],
    [`arn:aws:ssm:${region}:${account}:parameter${parameter}`]: ["ssm:PutParameter"],
  };
}

async function checkMayBootstrap(region: string, caller: Caller): Promise<Finding> {
  const created = ok("SST: its bootstrap is created by this first deployment");
  try {
    const iam = new IAMClient(clientOptions(region));
    const principal = await principalOf(iam, caller);
    if (principal === undefined) return created;
    const denied: string[] = [];
    for (const [arn, ActionNames] of Object.entries(bootstrapActions(region, caller.account))) {
      const { EvaluationResults = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn: principal, ActionNames, ResourceArns: [arn] }),
      );
      for (const { EvalDecision, EvalActionName } of EvaluationResults) {
        if (EvalDecision !== "allowed" && EvalActionName) denied.push(EvalActionName);
      }
    }
    if (denied.length === 0) return created;
    return warning(
      `SST has not been used in this account and region, and your credentials seem to lack permissions for its bootstrap (${denied.join(", ")}): have someone with these permissions deploy a stage first.`,
    );
  } catch {
    // Simulating policies takes a rare permission, and SST reports missing permissions itself.
    return created;
  }
}

/** Returns the user or role whose policies apply; undefined for the root user and callers without policies. */
async function principalOf(iam: IAMClient, { arn }: Caller): Promise<string | undefined> {
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  // A session's ARN omits the path of its role.
  if (role) return (await iam.send(new GetRoleCommand({ RoleName: role }))).Role?.Arn;
  return /:(user|role)\//.test(arn) ? arn : undefined;
}
