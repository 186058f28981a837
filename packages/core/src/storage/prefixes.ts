/** First part of every key: uploads in the input bucket, the rest in the output bucket. Only outputs are public. No imports. */
export const uploadsPrefix = "uploads/";
export const outputsPrefix = "jobs/";
export const reportsPrefix = "reports/";
