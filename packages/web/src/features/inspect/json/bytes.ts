import type { Options } from "@unparquet/core/job/options";
import { Unreadable } from "../parquet/unreadable.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Unreadable("A text is not UTF-8.");
  }
}

export const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

export const binaryText: Record<Options["binary"], (bytes: Uint8Array) => string> = {
  base64,
  hex,
  utf8: text,
};

export function uuidText(bytes: Uint8Array): string {
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
