import type { Options } from "@unparquet/core/conversion/options";
import { fetchPart } from "./fetch-part.ts";

/** Takes compressed bytes in turn, and gives what they decode to so far. A cut-off end is no error. */
export type Decode = (bytes: Uint8Array) => Uint8Array[];

/**
 * A decoder of one output. Outputs are many gzip members or zstd frames one after the other, and the browser's own
 * DecompressionStream refuses whatever follows the first member (https://compression.spec.whatwg.org/#supported-formats).
 */
export async function openDecoder(compression: Options["compression"]): Promise<Decode> {
  if (compression === "none") return (bytes) => [bytes];
  const decoded: Uint8Array[] = [];
  const keep = (chunk: Uint8Array) => decoded.push(chunk);
  const stream =
    compression === "gzip"
      ? new (await fetchPart(async () => (await import("fflate")).Gunzip))(keep)
      : new (await fetchPart(async () => (await import("fzstd")).Decompress))(keep);
  return (bytes) => {
    stream.push(bytes, false);
    return decoded.splice(0);
  };
}
