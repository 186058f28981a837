import type { ReactNode } from "react";
import classes from "./json-text.module.css";

/** Keys, strings, numbers, and the words of JSON; a text that is cut off may end within a string. */
const token = /("(?:[^"\\]|\\.)*(?:"|$))(\s*:)?|-?\d[\d.eE+-]*|true|false|null/gs;

function kindOf(text: string): string {
  if (text === "null") return "null";
  return text === "true" || text === "false" ? "boolean" : "number";
}

function highlight(json: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of json.matchAll(token)) {
    const [all, string, colon] = match;
    const kind = string === undefined ? kindOf(all) : colon === undefined ? "string" : "key";
    const text = string ?? all;
    const between = json.slice(end, match.index);
    parts.push(
      between,
      // Where a line that is too long is best broken.
      between.includes(",") && <wbr key={`${match.index} break`} />,
      <span key={match.index} data-kind={kind}>
        {text}
      </span>,
    );
    end = match.index + text.length;
  }
  return [...parts, json.slice(end)];
}

/** JSON in colour, with each row apart from the next. */
export function JsonText({ text, isWrapped }: { text: string; isWrapped: boolean }) {
  const rows = text.split(/(?<=\n)/);
  return (
    <div className={classes.text} data-wrapped={isWrapped || undefined}>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place
        <div key={index} className={classes.row}>
          {highlight(row)}
        </div>
      ))}
    </div>
  );
}
