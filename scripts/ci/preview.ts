// node scripts/ci/preview.ts: prints the comment of a pull request whose stage was deployed, as Markdown.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    /** The stage's outputs. Not read if the deployment failed. */
    outputs: { type: "string", default: ".sst/outputs.json" },
    /** What `sst deploy` printed. */
    log: { type: "string", default: "" },
    /** What `oasdiff changelog --format markdown` printed. */
    api: { type: "string", default: "" },
  },
});
const { OUTCOME, STAGE, COMMIT = "", RUN_URL } = process.env;

async function read(file: string): Promise<string | undefined> {
  return (await readFile(file, "utf8").catch(() => undefined))?.trim();
}

/** Shortens one of two sections: GitHub rejects comments of more than 65,536 characters. */
function clip(text: string): string {
  return text.length > 30_000 ? `${text.slice(0, 30_000)}\n… The log has the rest.` : text;
}

function section(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>\n`;
}

const log = `Stage \`${STAGE}\` · commit ${COMMIT.slice(0, 7)} · [log](${RUN_URL})`;
if (OUTCOME === "success") {
  const { dashboard, api } = JSON.parse(await readFile(values.outputs, "utf8"));
  console.log(`### [Open the preview](${dashboard})\n${log} · [API](${api}/docs)\n`);
} else {
  console.log(`### The preview could not be deployed\n${log}\n`);
}

// The first heading has the version numbers, which never change.
const changelog = (await read(values.api))?.replace(/^# .*\s*/, "");
const breaking = changelog?.includes(":warning:") ? " · ⚠️ breaking" : "";
console.log(section(`API changes${breaking}`, clip(changelog || "Not available: see the log.")));

// SST prints a line for each resource, without the values of its properties.
const resources = (await read(values.log))?.split("\n").filter((line) => line.startsWith("|"));
console.log(
  section(
    "Resource changes",
    resources?.length ? `\`\`\`\n${clip(resources.join("\n"))}\n\`\`\`` : "No changes.",
  ),
);
