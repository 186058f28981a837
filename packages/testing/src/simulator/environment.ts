import path from "node:path";

/** SST links of the simulated stage. main.ts loads them before the product. */
export const buckets = { input: "input", output: "output" };

export const limits = {
  uploadMaxBytes: 1e9,
  outputMaxBytes: 1000,
  outputMaxRows: 1e9,
  conversionsPerDay: 100,
  outputBytesPerDay: 1e9,
  dpuMinutesPerDay: 1e6,
  lambdaMinutesPerDay: 1e6,
  sparkDpuHoursPerDay: 1e6,
  uploadsPerDay: 100,
  uploadBytesPerDay: 1e9,
  uploadsPerDayPerCaller: 100,
};

const link = (properties: object) => JSON.stringify({ ...properties, type: "sst.sst.Linkable" });

for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
Object.assign(process.env, {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "simulated",
  AWS_SECRET_ACCESS_KEY: "simulated",
  // Where the product finds its WebAssembly module.
  LAMBDA_TASK_ROOT: path.resolve(import.meta.dirname, "../../../../glue/wasm"),
  POWERTOOLS_LOG_LEVEL: "SILENT",
  SST_RESOURCE_App: JSON.stringify({ name: "unparquet", stage: "simulated" }),
  SST_RESOURCE_InputBucket: link({ name: buckets.input }),
  SST_RESOURCE_OutputBucket: link({ name: buckets.output }),
  SST_RESOURCE_JobTable: link({ name: "jobs" }),
  SST_RESOURCE_GlueJob: link({ name: "converter", wholeDpuFrom: 1e9 }),
  SST_RESOURCE_ConverterFunction: link({ name: "small-files", outputMaxBytes: 0 }),
  SST_RESOURCE_SparkJob: link({ name: "", outputMinBytes: 0, workersMax: 3, flex: false }),
  SST_RESOURCE_Limits: link(limits),
});
