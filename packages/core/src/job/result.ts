import type { Manifest } from "./manifest.ts";
import type { Column, ConversionError, StoredResult } from "./schema.ts";

// An item has at most 400 KB, and each read of a job costs by its size. Options take up to 16 KiB, the rest next to nothing.
const columnsMaxBytes = 32 * 1024;
const messageMaxBytes = 4 * 1024;

/** What of a manifest is kept in the job's record: all but the columns that would make it too large. */
export function storedResult({
  status: _,
  columns: all,
  ...result
}: Extract<Manifest, { status: "SUCCEEDED" }>): StoredResult {
  const columns: Column[] = [];
  let bytes = 0;
  for (const column of all) {
    bytes += Buffer.byteLength(JSON.stringify(column));
    if (bytes > columnsMaxBytes) break;
    columns.push(column);
  }
  return { ...result, columns, columnsOmitted: result.columnsOmitted + all.length - columns.length };
}

export function trimmedError({ code, message }: ConversionError): ConversionError {
  return { code, message: truncateUtf8(message, messageMaxBytes) };
}

/** The longest beginning of a text that has at most that many bytes in UTF-8, with an ellipsis in place of the rest. */
function truncateUtf8(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return bytes.toString();
  const ellipsis = "…";
  let end = maxBytes - Buffer.byteLength(ellipsis);
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end) + ellipsis;
}
