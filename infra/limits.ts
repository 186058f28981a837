import { config } from "./stage.ts";

/** What the API refuses to exceed, and what it tells each conversion to refuse. */
export const limits = new sst.Linkable("Limits", { properties: config.limits });
