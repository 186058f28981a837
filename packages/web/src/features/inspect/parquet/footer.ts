import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetSchema } from "hyparquet";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { RefusedFile } from "../../upload/check-parquet.ts";
import { readSchema, type Schema } from "./schema.ts";
import { Unreadable } from "./unreadable.ts";

/** The last eight bytes: the footer's length and the magic. */
const tail = 8;
/** The converter takes no larger one. */
const largest = 256 * 1024 ** 2;

/** Of Statistics in the footer's Thrift: what is not decoded by type yet. */
export interface RawStatistics {
  nullCount?: bigint;
  min?: Uint8Array;
  max?: Uint8Array;
  isMinExact?: boolean;
  isMaxExact?: boolean;
  /** `min` and `max` are of the fields from before column orders: sorted as signed numbers whatever the type. */
  isOld: boolean;
}

export interface Footer {
  metadata: FileMetaData;
  schema: Schema;
  /** Those of the row groups, which are what there is to read whatever the footer says of the whole. */
  rows: number;
  /** By row group and column, where the file has them. */
  statistics: (RawStatistics | undefined)[][];
}

const cutOff = () =>
  new RefusedFile("The file is damaged: its footer cannot be read. Write or copy it again.");

/**
 * Reads the footer and nothing else. Throws RefusedFile where the converter would not take the file either, Unreadable where
 * only this reader does not.
 */
export async function readFooter(file: AsyncBuffer): Promise<Footer> {
  const end = new DataView(await file.slice(file.byteLength - tail, file.byteLength));
  const length = end.getUint32(0, true);
  if (length > file.byteLength - tail - 4 || length > largest) throw cutOff();
  const bytes = new Uint8Array(await file.slice(file.byteLength - tail - length, file.byteLength));
  // Without the tail, whose zeros would end a footer that is cut off.
  const thrift = readThrift(bytes.subarray(0, length));
  if (isEncrypted(thrift)) {
    throw new RefusedFile("Its columns are encrypted. Decrypt it before you convert it.");
  }
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(bytes, { geoparquet: false });
  } catch (cause) {
    // Statistics of a wrong length, for one, which the converter does not look at.
    throw new Unreadable("Its footer is unusual.", { cause });
  }
  const schema = readSchema(parquetSchema(metadata));
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  return { metadata, schema, rows, statistics: statisticsOf(thrift) };
}

// Field numbers: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
interface Thrift {
  /** Schema. */
  field_2?: unknown[];
  field_4?: { field_1?: { field_3?: { field_12?: ThriftStatistics }; field_8?: unknown }[] }[];
  /** Column orders: 1, by type, or 2, the total order of IEEE 754. */
  field_7?: { field_1?: unknown }[];
  /** Encryption algorithm. */
  field_8?: unknown;
}

interface ThriftStatistics {
  field_1?: Uint8Array;
  field_2?: Uint8Array;
  field_3?: bigint;
  field_5?: Uint8Array;
  field_6?: Uint8Array;
  field_7?: boolean;
  field_8?: boolean;
}

function readThrift(bytes: Uint8Array<ArrayBuffer>): Thrift {
  try {
    const thrift: Thrift = deserializeTCompactProtocol({
      view: new DataView(bytes.buffer, 0, bytes.length),
      offset: 0,
    });
    if (Array.isArray(thrift.field_2) && Array.isArray(thrift.field_4)) return thrift;
  } catch {
    // As below.
  }
  throw cutOff();
}

function isEncrypted({ field_8: algorithm, field_4: groups = [] }: Thrift): boolean {
  return (
    algorithm !== undefined ||
    groups.some(({ field_1: columns = [] }) => columns.some((column) => column.field_8 !== undefined))
  );
}

/** Only in the order of the type, which is what this knows, do the newer bounds mean anything. */
function statisticsOf({ field_4: groups = [], field_7: orders }: Thrift): Footer["statistics"] {
  return groups.map(({ field_1: columns = [] }) =>
    columns.map(({ field_3: meta }, index): RawStatistics | undefined => {
      const raw = meta?.field_12;
      if (!raw) return undefined;
      const nulls = raw.field_3 === undefined ? {} : { nullCount: BigInt(raw.field_3) };
      if ((raw.field_6 || raw.field_5) && orders?.[index]?.field_1 !== undefined) {
        return {
          ...nulls,
          isOld: false,
          ...(raw.field_6 ? { min: raw.field_6 } : {}),
          ...(raw.field_5 ? { max: raw.field_5 } : {}),
          isMinExact: raw.field_8 !== false,
          isMaxExact: raw.field_7 !== false,
        };
      }
      if (raw.field_1 && raw.field_2) return { ...nulls, isOld: true, min: raw.field_2, max: raw.field_1 };
      return { ...nulls, isOld: false };
    }),
  );
}
