/** Why a file is not worth uploading, in words for the person who chose it. */
export class RefusedFile extends Error {
  override readonly name = "RefusedFile";
}

const magic = "PAR1";

async function textAt(file: Blob, start: number, end?: number): Promise<string> {
  return new TextDecoder("latin1").decode(await file.slice(start, end).arrayBuffer());
}

/** Refuses obvious mistakes without the engine, which may not have been fetched. */
export async function checkParquet(file: File): Promise<void> {
  if (file.size === 0) throw new RefusedFile("The file is empty.");
  let ends: string[];
  try {
    ends = await Promise.all([textAt(file, 0, magic.length), textAt(file, -magic.length)]);
  } catch {
    throw new RefusedFile("Can't read the file. It may have been moved, or be a folder.");
  }
  if (ends.some((end) => end !== magic)) {
    throw new RefusedFile("Not a Parquet file: the file does not begin and end with PAR1.");
  }
}
