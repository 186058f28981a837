import { StorageError } from "../../../api/error.ts";

/** Bytes `from` up to but not including `to` of a public object. Throws an StorageError that says what to do. */
export async function fetchRange(
  url: string,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { Range: `bytes=${from}-${to - 1}` }, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new StorageError("unreachable", "The storage does not answer.", 0);
  }
  if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  // Where listing is not allowed, S3 answers 403 for an object that is not there.
  if (response.status === 403 || response.status === 404) {
    throw new StorageError(
      "output_missing",
      "The output is no longer there. Outputs may be deleted after a time; convert the file again.",
      response.status,
    );
  }
  throw new StorageError(
    "unexpected_answer",
    `The storage answered with HTTP status ${response.status} where a part of the file was asked for.`,
    response.status,
  );
}
