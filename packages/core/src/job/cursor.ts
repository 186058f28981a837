import * as z from "zod";
import { UnparquetError } from "../errors.ts";
import { JobId } from "./id.ts";

/** A place in the list of jobs: after this one. Jobs never move in it, as it is ordered by creation. */
const Position = z.object({ createdAt: z.iso.datetime({ precision: 3 }), jobId: JobId });
export type Position = z.infer<typeof Position>;

const Encoded = z.tuple([Position.shape.createdAt, Position.shape.jobId]);

export const encodeCursor = ({ createdAt, jobId }: Position): string =>
  Buffer.from(JSON.stringify([createdAt, jobId])).toString("base64url");

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Throws `invalid_cursor` for anything `encodeCursor` did not make. */
export const decodeCursor = (cursor: string): Position => {
  const parsed = Encoded.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  const position = parsed.data && { createdAt: parsed.data[0], jobId: parsed.data[1] };
  if (position && encodeCursor(position) === cursor) return position;
  throw new UnparquetError("invalid_cursor", "The cursor is not one of this API's.");
};
