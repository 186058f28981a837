import { code } from "./markdown.ts";
import type { ApiChange } from "./openapi-changes.ts";
import type { ResourceChange } from "./sst-diff.ts";

/** GitHub refuses a longer comment. */
export const maximumLength = 65_536;

/** The first line of the one comment that a pull request gets. Not shown. */
export const marker = "<!-- unparquet preview -->";

export interface Preview {
  stage: string;
  /** Of the workflow run. */
  runUrl: string;
  commit: string;
}

export interface Deployment extends Preview {
  /** Undefined when the deployment failed. */
  urls: { dashboard: string; api: string } | undefined;
  /** Undefined when `sst diff` gave no answer. */
  resources: ResourceChange[] | undefined;
  /** Undefined when one side's document could not be made. */
  api: ApiChange[] | undefined;
}

export function removedComment({ stage, runUrl }: Preview) {
  return `${marker}\nPreview stage \`${stage}\` is removed. [Log](${runUrl})\n`;
}

export function deploymentComment({ stage, runUrl, commit, urls, resources, api }: Deployment) {
  const log = `commit ${commit.slice(0, 7)} · [log](${runUrl})`;
  const result = urls
    ? `### [Open the preview](${urls.dashboard})\nStage \`${stage}\` · [API](${urls.api}/docs) · ${log}`
    : `### The preview could not be deployed\nStage \`${stage}\` · ${log}`;
  const head = `${marker}\n${result}\n\n`;

  const apiTitle = `**API** against the base branch: ${api ? apiSummary(api) : "could not be compared"}`;
  const stageTitle = `**Stage** against its last deployment: ${
    resources ? summary(resources, ["created", "updated", "replaced", "deleted"]) : "could not be compared"
  }`;

  // The API's changes come first, and leave room for some of the stage's.
  const room = maximumLength - head.length;
  const first = section(apiTitle, (api ?? []).map(apiLine), room - 5_000);
  return head + first + section(stageTitle, (resources ?? []).map(resourceLine), room - first.length);
}

function apiSummary(changes: ApiChange[]) {
  const breaking = changes.filter((change) => change.breaking).length;
  const counts = summary(changes, ["added", "changed", "removed"]);
  return breaking > 0 ? `${counts} · ⚠️ **${breaking} breaking**` : counts;
}

/** `2 created, 1 deleted` */
function summary<Kind extends string>(changes: { kind: Kind }[], kinds: Kind[]) {
  const counts = kinds
    .map((kind) => [changes.filter((change) => change.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0);
  return counts.length > 0 ? counts.map(([count, kind]) => `${count} ${kind}`).join(", ") : "no changes";
}

const apiLine = ({ kind, what, breaking }: ApiChange) => `- ${breaking ? "⚠️ breaking: " : ""}${kind} ${what}`;

const resourceLine = ({ kind, type, name, properties }: ResourceChange) =>
  `- ${kind} ${code(name)} ${code(type)}${properties.length > 0 ? `: ${properties.map(code).join(", ")}` : ""}`;

/** A title over a list to unfold, of as many lines as there is room for in characters. */
function section(title: string, lines: string[], room: number) {
  if (lines.length === 0) return `${title}\n\n`;
  const begin = `${title}\n<details><summary>All changes</summary>\n\n`;
  const end = "\n</details>\n\n";
  const rest = (count: number) => `- … and ${count} more, too many for a comment\n`;

  let left = room - begin.length - end.length - rest(lines.length).length;
  const shown: string[] = [];
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    shown.push(line);
  }
  const list = shown.map((line) => `${line}\n`).join("");
  const cut = lines.length - shown.length;
  return begin + list + (cut > 0 ? rest(cut) : "") + end;
}
