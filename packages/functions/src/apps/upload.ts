import { viewJob } from "@unparquet/core/job/jobs";
import { beginUpload, completeUpload, uploadDirectly, uploadParts } from "@unparquet/core/job/upload";
import { Filename } from "@unparquet/core/storage/keys";
import * as z from "zod";
import {
  completeUploadRoute,
  createUploadRoute,
  directUploadContentTypes,
  uploadPartsRoute,
} from "../contract/upload.ts";
import { callerOf } from "../http/caller.ts";
import { parse } from "../http/parse.ts";
import { routesApp } from "../http/routes.ts";

const routes = routesApp();

// The file itself as body. Comes before the route's validators, which know JSON only.
routes.post("/upload", async (c, next) => {
  const contentType = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (!directUploadContentTypes.some((known) => known === contentType)) return next();
  const { filename } = parse(z.object({ filename: Filename }), c.req.query());
  const bytes = parse(
    z.instanceof(Uint8Array).refine(({ length }) => length > 0, "The body is empty"),
    new Uint8Array(await c.req.arrayBuffer()),
  );
  const job = await uploadDirectly({ filename, caller: callerOf(c) }, bytes);
  return c.json({ job: await viewJob(job) }, 201);
});

export const uploadApp = routes
  .openapi(createUploadRoute, async (c) => {
    const { job, upload } = await beginUpload({ ...c.req.valid("json"), caller: callerOf(c) });
    return c.json({ job: await viewJob(job), upload }, 201);
  })
  .openapi(uploadPartsRoute, async (c) => {
    const { from, count } = c.req.valid("query");
    return c.json(await uploadParts(c.req.valid("param").jobId, from, count), 200);
  })
  .openapi(completeUploadRoute, async (c) => {
    const job = await completeUpload(c.req.valid("param").jobId, c.req.valid("json").parts);
    return c.json({ job: await viewJob(job) }, 200);
  });
