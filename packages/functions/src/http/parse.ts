import { UnparquetError } from "@unparquet/core/errors";
import type * as z from "zod";

const describe = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length ? `${path.join(".")}: ${message}` : message)).join("; ");

/** Validates what came with a request. Throws `invalid_request`. */
export const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UnparquetError("invalid_request", describe(parsed.error));
};
