import { crc32 } from "node:zlib";

/** PNG's text chunk, as in section 11.3.3.2 of its specification: a keyword, a zero byte, the text in Latin-1. */
const signatureLength = 8;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A copy of the image that carries the text, right behind its header. */
export function withText(png: Buffer, keyword: string, text: string): Buffer {
  const afterHeader = signatureLength + 12 + png.readUInt32BE(signatureLength);
  return Buffer.concat([
    png.subarray(0, afterHeader),
    chunk("tEXt", Buffer.from(`${keyword}\0${text}`, "latin1")),
    png.subarray(afterHeader),
  ]);
}

/** The text under that keyword, if the image has one. */
export function textOf(png: Buffer, keyword: string): string | undefined {
  for (let at = signatureLength; at + 8 <= png.length; ) {
    const length = png.readUInt32BE(at);
    const data = png.subarray(at + 8, at + 8 + length);
    const prefix = `${keyword}\0`;
    if (png.toString("latin1", at + 4, at + 8) === "tEXt" && data.toString("latin1").startsWith(prefix)) {
      return data.toString("latin1").slice(prefix.length);
    }
    at += 12 + length;
  }
  return undefined;
}
