/**
 * How the Glue job is run: the same for the infrastructure, which defines it on AWS, and for the embedded AWS. No imports,
 * so that infrastructure code can load it without the AWS SDK.
 */
export const glueJob = {
  /** A Python Shell job, and the newest Python that such a job has. */
  command: "pythonshell",
  pythonVersion: "3.9",
  timeoutMinutes: 120,
  maxConcurrentRuns: 100,
  /**
   * Runs beyond the account's quotas wait instead of failing. Queuing excludes Glue's own retries, and the job's attempt is
   * part of its output's key, so that a new run is a new attempt: the API's retry.
   */
  queuing: true,
  maxRetries: 0,
} as const;
