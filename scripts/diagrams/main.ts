import { writeFile } from "node:fs/promises";
import { deploy } from "@unparquet/testing/deployment/deploy";
import { diagrams, graphFile, pngOf } from "./diagrams.ts";
import { Canvas } from "./draw/page.ts";
import { extract } from "./extract/extract.ts";
import { fingerprint, keyword } from "./fingerprint.ts";
import { withText } from "./png.ts";

const wanted = process.argv.slice(2);
const chosen = diagrams.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  const names = diagrams.map(({ name }) => name).join(", ");
  throw new Error(`No diagram has ${wanted.join(" or ")} in its name: ${names}`);
}

if (chosen.some(({ name }) => graphFile.includes(name))) {
  const { resources } = await deploy("production");
  await writeFile(graphFile, `${JSON.stringify(extract(resources), null, 2)}\n`);
}

const canvas = await Canvas.open();
try {
  for (const diagram of chosen) {
    const png = await canvas.take(diagram.draw(canvas.measure));
    await writeFile(pngOf(diagram), withText(png, keyword, await fingerprint(diagram)));
    console.log(pngOf(diagram));
  }
} finally {
  await canvas.close();
}
