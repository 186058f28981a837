import { configOf } from "./config.ts";

export const isProduction = $app.stage === "production";

/** Prefix of the names that people read and that have to be unique in an account: alarms, log groups, the Glue job. */
export const prefix = `${$app.name}-${$app.stage}`;

export const config = configOf($app.stage, process.env);

/** Where `sst dev` serves the dashboard. */
export const devDashboard = "http://127.0.0.1:5173";
