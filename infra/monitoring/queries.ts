import { logGroupName } from "../function.ts";
import { api } from "../gateway.ts";
import { prefix } from "../stage.ts";
import { functions } from "./metrics.ts";

const functionLogs = Object.keys(functions).map(logGroupName);

/** Creates a saved query of CloudWatch Logs Insights. */
function query(name: string, logGroupNames: $util.Input<string>[], ...lines: string[]) {
  new aws.cloudwatch.QueryDefinition(`${name}-query`, {
    name: `${prefix}/${name}`,
    logGroupNames,
    queryString: lines.join("\n| "),
  });
}

query(
  "job",
  functionLogs,
  "fields @timestamp, @log, level, message, status, code, requestId",
  // A placeholder: fill in the id of the job.
  'filter jobId = "job_"',
  "sort @timestamp",
);

query(
  "slowest-jobs",
  functionLogs,
  "filter ispresent(durationMs)",
  "fields @timestamp, jobId, status, lane, durationMs, queueMs, conversionMs, rows, dpuSeconds, sparkDpuSeconds",
  "sort durationMs desc",
  "limit 50",
);

query(
  "slowest-requests",
  [api.nodes.logGroup.name],
  "fields @timestamp, routeKey, status, responseLatency, integrationLatency, requestId",
  "sort responseLatency desc",
  "limit 50",
);

query(
  "errors-by-code",
  functionLogs,
  "filter ispresent(code)",
  "stats count(*) as times, latest(@timestamp) as last by code",
  "sort times desc",
);
