import { announce } from "../live-region.tsx";

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

/** Copies what is at a place, and announces it; resolves to the announcement. */
export async function copyText(
  text: string | undefined | Promise<string | undefined>,
  place: string,
): Promise<string> {
  const said = await write(text, place);
  announce(said);
  return said;
}

async function write(
  value: string | undefined | Promise<string | undefined>,
  place: string,
): Promise<string> {
  try {
    const text = await value;
    if (text === undefined) return `${place} is missing: nothing to copy`;
    await navigator.clipboard.writeText(text);
    return `Copied ${place}`;
  } catch {
    return `${place} could not be copied`;
  }
}
