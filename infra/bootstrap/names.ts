/** Names of the permissions boundaries that limit every role of a stage. */
export const boundaries = {
  preview: "unparquet-preview-boundary",
  production: "unparquet-production-boundary",
} as const;
