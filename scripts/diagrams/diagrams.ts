import { readFileSync } from "node:fs";
import { join } from "node:path";
import architecture from "../../docs/diagrams/etl-pipeline-architecture.ts";
import dataflow from "../../docs/diagrams/etl-pipeline-dataflow.ts";
import deployment from "../../docs/diagrams/etl-pipeline-deployment.ts";
import { architecturePicture } from "./architecture/picture.ts";
import type { Measure, Picture } from "./draw/page.ts";
import type { Architecture } from "./extract/graph.ts";
import { gridPicture } from "./grid/picture.ts";
import { sequencePicture } from "./sequence/picture.ts";

/** A picture in docs/diagrams, with its source beside it. */
export interface Diagram {
  name: string;
  /** All that the picture says. */
  source: () => object;
  /** Folders of scripts/diagrams with the code that draws it. */
  drawnBy: string[];
  draw: (measure: Measure) => Picture;
}

const folder = join(import.meta.dirname, "../../docs/diagrams");
export const pngOf = ({ name }: Pick<Diagram, "name">) => join(folder, `${name}.png`);
export const graphFile = join(folder, "etl-pipeline-architecture.json");

/** The graph as it was when the picture was made. */
export const graph = () => JSON.parse(readFileSync(graphFile, "utf8")) as Architecture;

export const diagrams: Diagram[] = [
  {
    name: "etl-pipeline-architecture",
    source: () => ({ graph: graph(), hints: architecture }),
    drawnBy: ["draw", "architecture"],
    draw: (measure) => architecturePicture(graph(), architecture, measure),
  },
  {
    name: "etl-pipeline-dataflow",
    source: () => dataflow,
    drawnBy: ["draw", "sequence"],
    draw: (measure) => sequencePicture(dataflow, measure),
  },
  {
    name: "etl-pipeline-deployment",
    source: () => deployment,
    drawnBy: ["draw", "grid"],
    draw: (measure) => gridPicture(deployment, measure),
  },
];
