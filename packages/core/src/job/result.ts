import type { Manifest } from "./manifest.ts";
import type { Column, ConversionError, Result } from "./schema.ts";

// A record of the table has at most 400 KB, and holds the errors of all its attempts besides.
const columnsMaxBytes = 128 * 1024;
const messageMaxLength = 1000;

/** What of a manifest is kept in the job's record: all but the columns that would make it too large. */
export const storedResult = ({
  status: _,
  columns: all,
  ...result
}: Extract<Manifest, { status: "SUCCEEDED" }>): Omit<Result, "url"> => {
  const columns: Column[] = [];
  let bytes = 0;
  for (const column of all) {
    bytes += Buffer.byteLength(JSON.stringify(column));
    if (bytes > columnsMaxBytes) break;
    columns.push(column);
  }
  return { ...result, columns, columnsOmitted: all.length - columns.length };
};

export const trimmedError = ({ code, message }: ConversionError): ConversionError => ({
  code,
  message: message.length > messageMaxLength ? `${message.slice(0, messageMaxLength)}…` : message,
});
