/** First part of every key in the input bucket, and in the output bucket. No imports: rights and rules of infra/ are by prefix. */
export const uploadsPrefix = "uploads/";
export const outputsPrefix = "jobs/";
