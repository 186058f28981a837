import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diagram } from "./diagrams.ts";

/** The PNG's text chunk that says what it was made of. */
export const keyword = "Source-SHA256";

const packages = {
  "package.json": ["aws-icons", "@fontsource-variable/jetbrains-mono"],
  "packages/web/package.json": ["@fontsource-variable/figtree", "@tabler/icons-react"],
};

/** Of all that decides how the picture looks: its source, the code that draws it, icons and fonts. 64 hexadecimal digits. */
export async function fingerprint({ source, drawnBy }: Diagram): Promise<string> {
  const sum = createHash("sha256").update(JSON.stringify(source()));
  for (const folder of drawnBy) {
    for (const file of (await readdir(join(import.meta.dirname, folder))).toSorted()) {
      sum.update(`${folder}/${file}\0`).update(await readFile(join(import.meta.dirname, folder, file)));
    }
  }
  for (const [file, names] of Object.entries(packages)) {
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(import.meta.dirname, "../..", file), "utf8"),
    );
    for (const name of names) sum.update(`${name}@${{ ...dependencies, ...devDependencies }[name]}\0`);
  }
  return sum.digest("hex");
}
