// node glue/tests/foreign/make.mjs: this folder's files by writers in JavaScript, run where the packages that
// requirements.txt names for it are installed.
import { parquetWriteFile } from "hyparquet-writer";
import { parquetWriteFile as parquetWriteFileOld } from "hyparquet-writer-0.7";
import parquet from "parquetjs-lite";

const folder = new URL(".", import.meta.url).pathname;
const rows = Array.from({ length: 120 }, (_, row) => row);
const sometimes = (every, make) => rows.map((row) => (row % every === 0 ? null : make(row)));
const text = (row) => `${'é"\n'.repeat(row % 3)}${"x".repeat(row % 20)}`;

const columnData = [
  { name: "id", data: rows, type: "INT32", encoding: "DELTA_BINARY_PACKED" },
  { name: "large", data: sometimes(7, (row) => BigInt(row) ** 8n), type: "INT64" },
  { name: "real", data: sometimes(5, (row) => row / 7), type: "DOUBLE", encoding: "BYTE_STREAM_SPLIT" },
  { name: "half", data: sometimes(4, (row) => row / 8), type: "FLOAT16" },
  { name: "flag", data: sometimes(3, (row) => row % 2 === 0), type: "BOOLEAN", encoding: "RLE" },
  { name: "text", data: sometimes(9, text), type: "STRING" },
  {
    name: "prefix",
    data: sometimes(9, (row) => `https://example.com/${row}`),
    type: "STRING",
    encoding: "DELTA_BYTE_ARRAY",
  },
  { name: "few", data: sometimes(6, (row) => ["one", "two"][row % 2]), type: "STRING" },
  { name: "at", data: sometimes(8, (row) => new Date(row * 86_399_999)), type: "TIMESTAMP" },
  { name: "list", data: sometimes(10, (row) => rows.slice(0, row % 4)) },
  { name: "json", data: sometimes(11, (row) => ({ a: [row, null] })), type: "JSON" },
];
for (const [name, options] of Object.entries({
  small: { pageSize: 100, rowGroupSize: 50 },
  plain: { codec: "UNCOMPRESSED" },
})) {
  parquetWriteFile({ filename: `${folder}hyparquet-${name}.parquet`, columnData, ...options });
}

const schema = new parquet.ParquetSchema({
  id: { type: "INT64" },
  text: { type: "UTF8", optional: true, compression: "GZIP" },
  flag: { type: "BOOLEAN", optional: true },
  real: { type: "DOUBLE", compression: "SNAPPY" },
  at: { type: "TIMESTAMP_MILLIS", optional: true },
  tags: { type: "UTF8", repeated: true },
  lines: {
    repeated: true,
    fields: { count: { type: "INT32" }, notes: { type: "UTF8", repeated: true, compression: "GZIP" } },
  },
});
for (const useDataPageV2 of [false, true]) {
  const file = `${folder}parquetjs-${useDataPageV2 ? 2 : 1}.parquet`;
  const writer = await parquet.ParquetWriter.openFile(schema, file, {
    useDataPageV2,
    rowGroupSize: 50,
    pageSize: 20,
  });
  for (const row of rows) {
    const lines = rows.slice(0, row % 3).map((count) => ({ count, notes: rows.slice(0, count).map(text) }));
    const tags = rows.slice(0, row % 4).map(String);
    const some = row % 5 ? { text: text(row), flag: row % 2 === 0, at: new Date(row * 1000) } : {};
    await writer.appendRow({ id: row, real: row / 3, tags, lines, ...some });
  }
  await writer.close();
}

// 0.7 stored the number of booleans where the length of their runs belongs, and a dictionary of one entry without runs.
parquetWriteFileOld({
  filename: `${folder}hyparquet-0.7.parquet`,
  columnData: [
    { name: "flag", data: rows.map((row) => row < 100), type: "BOOLEAN" },
    { name: "maybe", data: sometimes(3, (row) => row < 60), type: "BOOLEAN" },
    { name: "same", data: rows.map(() => "same"), type: "STRING" },
    { name: "few", data: sometimes(6, (row) => ["one", "two"][row % 2]), type: "STRING" },
    { name: "at", data: rows.map((row) => new Date(row)), type: "TIMESTAMP" },
  ],
});
