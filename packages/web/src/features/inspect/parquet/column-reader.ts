import type { AsyncBuffer, ColumnChunk, FileMetaData, SchemaElement } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readPlain } from "hyparquet/src/plain.js";
import type { ColumnDecoder, DataReader, PageHeader } from "hyparquet/src/types.js";
import { compressors } from "hyparquet-compressors";
import { crc32 } from "./crc32.ts";
import type { Leaf } from "./schema.ts";
import { Unreadable } from "./unreadable.ts";

/** As the file stores it: bytes of texts, decimals and INT96, INT64 as bigint. */
export type Raw = boolean | number | bigint | Uint8Array;

/** Some rows of a column: an entry for each value, null and empty list, with its levels; `values` are those not null. */
export interface Entries {
  definitions: number[];
  repetitions: number[];
  values: Raw[];
}

/** A page beyond this is not worth the browser's memory. */
const largestPage = 256 * 1024 ** 2;
/** Most pages' headers, and many a small page, are in as many bytes. */
const readAhead = 64 * 1024;

/** Bytes of the file as they are asked for, a little more than that at a time. */
class Window {
  readonly #file: AsyncBuffer;
  readonly #chunkEnd: number;
  #start = 0;
  #bytes = new Uint8Array();

  /** Nothing behind `chunkEnd` is read ahead; a page that goes on there nevertheless is read. */
  constructor(file: AsyncBuffer, chunkEnd: number) {
    this.#file = file;
    this.#chunkEnd = chunkEnd;
  }

  /** At least `length` bytes from `start` on, and fewer only where the file ends. */
  async at(start: number, length: number): Promise<Uint8Array> {
    const end = Math.min(start + length, this.#file.byteLength);
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      const ahead = Math.min(start + readAhead, this.#chunkEnd);
      const to = Math.min(Math.max(start + length, ahead), this.#file.byteLength);
      this.#bytes = new Uint8Array(await this.#file.slice(start, to));
      this.#start = start;
    }
    return this.#bytes.subarray(start - this.#start);
  }
}

const readerOf = (bytes: Uint8Array): DataReader => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
});

/** INT96 is read as its bytes: as a number hyparquet loses the day where the nanoseconds are negative. */
function physicalOf({ element }: Leaf) {
  return element.type === "INT96"
    ? ({ type: "FIXED_LEN_BYTE_ARRAY", type_length: 12 } as const)
    : { type: element.type ?? "BYTE_ARRAY", type_length: element.type_length };
}

/** The first `rows` rows of a column, or all there are. No more pages are read than have these. */
export async function readColumn(
  file: AsyncBuffer,
  { row_groups: groups }: FileMetaData,
  leaf: Leaf,
  column: number,
  rows: number,
): Promise<Entries> {
  const entries: Entries = { definitions: [], repetitions: [], values: [] };
  let left = rows;
  for (const group of groups) {
    if (left <= 0) break;
    const chunk = group.columns[column];
    if (!chunk) throw new Unreadable("A row group lacks a column.");
    const wanted = Math.min(left, Number(group.num_rows));
    if (wanted > 0) await readChunk(file, chunk, leaf, wanted, entries);
    left -= wanted;
  }
  return entries;
}

async function readChunk(file: AsyncBuffer, chunk: ColumnChunk, leaf: Leaf, rows: number, entries: Entries) {
  const { meta_data: meta, file_path: elsewhere } = chunk;
  if (elsewhere) throw new Unreadable("Its data is in another file.");
  if (!meta) throw new Unreadable("A column is encrypted.");
  const data = Number(meta.data_page_offset);
  const dictionaryOffset = Number(meta.dictionary_page_offset ?? 0);
  let offset = dictionaryOffset > 0 && dictionaryOffset < data ? dictionaryOffset : data;
  const window = new Window(file, offset + Number(meta.total_compressed_size));
  const physical = physicalOf(leaf);
  const decoder: ColumnDecoder = {
    type: physical.type,
    element: { ...leaf.element, ...physical } as SchemaElement,
    pathInSchema: meta.path_in_schema,
    schemaPath: leaf.path,
    codec: meta.codec,
    compressors,
    // Asked for, and not used for values as they are stored.
    parsers: DEFAULT_PARSERS,
  };
  const most = Number(meta.num_values);
  let seen = 0;
  let started = 0;
  let dictionary: ArrayLike<Raw> | undefined;

  while (seen < most && (leaf.repetition === 0 ? started < rows : started <= rows)) {
    const { header, length } = await readHeader(window, offset);
    const size = header.compressed_page_size;
    if (size < 0 || header.uncompressed_page_size > largestPage) {
      throw new Unreadable("A page is too large to be shown here.");
    }
    const bytes = (await window.at(offset + length, size)).subarray(0, size);
    if (bytes.length < size) throw new Unreadable("A page goes on behind the file's end.");
    if (header.crc !== undefined && header.crc !== crc32(bytes)) {
      throw new Unreadable(`The page at byte ${offset} is damaged: its checksum is wrong.`);
    }
    offset += length + size;
    if (header.type === "DICTIONARY_PAGE") {
      const page = decompressPage(bytes, header.uncompressed_page_size, meta.codec, compressors);
      const count = header.dictionary_page_header?.num_values ?? 0;
      dictionary = readPlain(readerOf(page), physical.type, count, physical.type_length);
    } else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") {
      const page = readEntries(bytes, header, decoder, dictionary);
      started += append(entries, page, leaf, rows - started);
      seen += page.count;
    }
  }
}

/** A header is as long as its statistics are, so it may take more than one look. */
async function readHeader(window: Window, offset: number): Promise<{ header: PageHeader; length: number }> {
  for (let length = 1024; ; length *= 16) {
    const bytes = await window.at(offset, length);
    const reader = readerOf(bytes);
    try {
      const header = parquetHeader(reader);
      return { header, length: reader.offset };
    } catch (error) {
      if (!(error instanceof RangeError) || bytes.length < length) throw error;
    }
  }
}

interface Page {
  count: number;
  definitions: ArrayLike<number> | undefined;
  repetitions: ArrayLike<number> | undefined;
  /** Of the entries that are not null the value at an index; undefined behind the last. */
  valueAt: (index: number) => Raw | undefined;
}

function readEntries(
  bytes: Uint8Array,
  header: PageHeader,
  decoder: ColumnDecoder,
  dictionary: ArrayLike<Raw> | undefined,
): Page {
  const v1 = header.data_page_header;
  const v2 = header.data_page_header_v2;
  const info = header.type === "DATA_PAGE" ? v1 : v2;
  if (!info) throw new Unreadable("A page's header is incomplete.");
  const { definitionLevels, repetitionLevels, dataPage } =
    v1 && info === v1
      ? readDataPage(
          decompressPage(bytes, header.uncompressed_page_size, decoder.codec, compressors),
          v1,
          decoder,
        )
      : readDataPageV2(bytes, header, decoder);
  const isIndices = info.encoding === "PLAIN_DICTIONARY" || info.encoding === "RLE_DICTIONARY";
  const values = dataPage as ArrayLike<Raw>;
  return {
    count: info.num_values,
    definitions: definitionLevels?.length ? definitionLevels : undefined,
    repetitions: repetitionLevels.length > 0 ? repetitionLevels : undefined,
    valueAt: isIndices ? (index) => lookUp(values[index], dictionary) : (index) => values[index],
  };
}

function lookUp(index: Raw | undefined, dictionary: ArrayLike<Raw> | undefined): Raw | undefined {
  if (index === undefined) return undefined;
  const value = dictionary?.[Number(index)];
  if (value === undefined) throw new Unreadable("A value is missing in its column's dictionary.");
  return value;
}

/** Adds a page's entries of the next `rows` rows. Answers how many rows begin in it: one more, when there are more. */
function append(entries: Entries, page: Page, leaf: Leaf, rows: number): number {
  let begun = 0;
  let passed = 0;
  for (let index = 0; index < page.count; index += 1) {
    const repetition = page.repetitions?.[index] ?? 0;
    if (repetition === 0) begun += 1;
    if (begun > rows) break;
    const definition = page.definitions?.[index] ?? leaf.definition;
    entries.repetitions.push(repetition);
    entries.definitions.push(definition);
    if (definition < leaf.definition) continue;
    const value = page.valueAt(passed);
    if (value !== undefined) entries.values.push(value);
    passed += 1;
  }
  return begun;
}
