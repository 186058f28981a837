import { announce } from "../../components/live-region.tsx";
import { type Json, toClipboard } from "./json.ts";

/** Whether a key asks for a copy: `c`, or Ctrl+C while no text is selected, which the browser copies itself. */
export function asksForCopy({
  key,
  ctrlKey,
  metaKey,
  altKey,
}: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): boolean {
  if (key.toLowerCase() !== "c" || altKey) return false;
  return !(ctrlKey || metaKey) || document.getSelection()?.isCollapsed !== false;
}

/** Copies a value, and says of which place it was; resolves to what was said. */
export async function copyValue(value: Json | undefined, place: string): Promise<string> {
  const said = await write(value, place);
  announce(said);
  return said;
}

async function write(value: Json | undefined, place: string): Promise<string> {
  if (value === undefined) return `${place} is missing: nothing to copy`;
  try {
    await navigator.clipboard.writeText(toClipboard(value));
    return `Copied ${place}`;
  } catch {
    return "The browser does not allow copying here";
  }
}
