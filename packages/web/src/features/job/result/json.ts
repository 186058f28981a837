import { isLosslessNumber, type LosslessNumber, parse } from "lossless-json";

/** A JSON value whose numbers are their text, so that no digit is lost to a double. */
export type Json = null | boolean | string | LosslessNumber | Json[] | { [key: string]: Json };

export const parseJson = (text: string): Json => parse(text) as Json;

export const isNumber = (value: Json): value is LosslessNumber => isLosslessNumber(value);

/** Whether a value holds others: an array or an object. */
export const isNested = (value: Json): value is Json[] | { [key: string]: Json } =>
  typeof value === "object" && value !== null && !isNumber(value);

export const isObject = (value: Json): value is { [key: string]: Json } =>
  isNested(value) && !Array.isArray(value);

/** The value under a key; undefined where the key is missing, which is not null. */
export const valueAt = (value: Json, key: string): Json | undefined =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** As compact JSON, digits as they came. */
export function toText(value: Json): string {
  if (isNumber(value)) return value.value;
  if (!isNested(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toText).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, child]) => `${JSON.stringify(key)}:${toText(child)}`)
    .join(",")}}`;
}

/** The beginning of `toText`; where it is cut off, `…` follows. */
export function shortText(value: Json, max: number): string {
  let text = "";
  // Returns whether there is room for more: a value may be megabytes long.
  const add = (piece: string) => {
    text += piece;
    return text.length <= max;
  };
  const write = (value: Json): boolean => {
    if (typeof value === "string") return add(JSON.stringify(value.slice(0, max + 1)));
    if (!isNested(value)) return add(toText(value));
    if (Array.isArray(value)) {
      return add("[") && value.every((child, i) => (i === 0 || add(",")) && write(child)) && add("]");
    }
    const entries = Object.entries(value);
    return (
      add("{") &&
      entries.every(
        ([key, child], i) => add(`${i === 0 ? "" : ","}${JSON.stringify(key)}:`) && write(child),
      ) &&
      add("}")
    );
  };
  write(value);
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** What a copied value is: a string without its quotes, everything else as JSON. */
export const toClipboard = (value: Json): string => (typeof value === "string" ? value : toText(value));
