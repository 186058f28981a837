/** Managed policies that the bootstrap makes: the most that any role of a stage may do, whatever its own policies say. */
export const boundaries = {
  preview: "unparquet-preview-boundary",
  production: "unparquet-production-boundary",
} as const;
