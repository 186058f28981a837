import type { App } from "@unparquet/functions/app";
import { hc } from "hono/client";
import { fetchApi } from "./error.ts";

/** Origin of the API. The dashboard is served by the API itself unless VITE_API_URL says otherwise. */
export const apiOrigin = (import.meta.env.VITE_API_URL ?? window.location.origin).replace(/\/$/, "");

export const api = hc<App>(apiOrigin, { fetch: fetchApi });

/** Answers with a redirect to the public object, which the browser saves under its own name. */
export const downloadUrl = (jobId: string): string => `${apiOrigin}/download/${encodeURIComponent(jobId)}`;
