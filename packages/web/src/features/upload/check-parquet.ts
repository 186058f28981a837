/** Why a file is not worth uploading, in words for the person who chose it. */
export class RefusedFile extends Error {
  override readonly name = "RefusedFile";
}

// Magic, a footer of at least one byte, its length and the magic again
// (https://parquet.apache.org/docs/file-format/).
const magicLength = 4;
const smallest = 2 * magicLength + 4 + 1;

async function textAt(file: Blob, start: number, end?: number): Promise<string> {
  return new TextDecoder("latin1").decode(await file.slice(start, end).arrayBuffer());
}

/** Refuses what cannot be a Parquet file, before a byte of it is uploaded. The API looks closer. */
export async function checkParquet(file: File): Promise<void> {
  if (file.size === 0) throw new RefusedFile("The file is empty.");
  let head: string;
  let tail: string;
  try {
    [head, tail] = await Promise.all([textAt(file, 0, magicLength), textAt(file, -magicLength)]);
  } catch {
    throw new RefusedFile("The file cannot be read. Was it moved, or is it a folder?");
  }
  if (head === "PARE" && tail === "PARE") {
    throw new RefusedFile("The file's footer is encrypted. Decrypt it before you convert it.");
  }
  if (head !== "PAR1") {
    throw new RefusedFile("This is no Parquet file: it does not start with the bytes PAR1.");
  }
  if (tail !== "PAR1" || file.size < smallest) {
    throw new RefusedFile("The file is cut off: a Parquet file ends with the bytes PAR1. Copy it again.");
  }
}
