import { config } from "./stage.ts";

/** What the API refuses to exceed. */
export const limits = new sst.Linkable("Limits", {
  properties: { uploadMaxBytes: config.uploadMaxBytes, jobsPerDay: config.jobsPerDay },
});
