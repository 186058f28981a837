/**
 * DPU that a Python Shell job may have, the only two: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html. A DPU
 * is 4 vCPU and 16 GB; a sixteenth of one is a quarter of a core and 1 GB. No imports, as below.
 */
export const glueCapacities = { sixteenth: 0.0625, whole: 1 } as const;

/**
 * How the Glue job is run: the same for the infrastructure, which defines it on AWS, and for the embedded AWS. No imports,
 * so that infrastructure code can load it without the AWS SDK.
 */
export const glueJob = {
  /** A Python Shell job, and the newest Python that such a job has. */
  command: "pythonshell",
  pythonVersion: "3.9",
  timeoutMinutes: 120,
  capacity: glueCapacities.sixteenth,
  /**
   * Bytes of input from which on a run gets a whole DPU, unless the stage's configuration says otherwise. A sixteenth is the
   * cheaper one at any size; for this one it takes up to seven minutes, by the figures of docs/cost.md.
   */
  wholeDpuFrom: 3 * 1024 ** 3,
  /**
   * Runs beyond the account's quotas wait instead of failing. Queuing excludes Glue's own retries, and the job's attempt is
   * part of its output's key, so that a new run is a new attempt: the API's retry.
   */
  queuing: true,
  maxRetries: 0,
} as const;
