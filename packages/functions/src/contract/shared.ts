import { Job, JobId } from "@unparquet/core/job/schema";
import * as z from "zod";

/** Any text: an id that no job can have is a job that does not exist, not another kind of mistake. */
export const JobIdGiven = z.string().min(1).max(256).meta({ example: JobId.meta()?.example });

export const jobParams = z.object({ jobId: JobIdGiven });

export const JobAnswer = z.object({ job: Job });

export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

export const attemptParam = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, "is not the number of an attempt")
  .transform(Number);

/** A whole number in a query string. */
export const integerParam = (min: number, max: number, fallback: number, description: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "is not a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .default(fallback)
    .meta({ type: "integer", minimum: min, maximum: max, default: fallback, description });
