import { architecture } from "./architecture.ts";
import type { Resource } from "./graph/resources.ts";
import { draw } from "./layout.ts";
import { overview } from "./overview.ts";
import { themes } from "./svg.ts";

/** The SVG files of docs/diagrams by name. */
export async function diagrams(resources: Resource[]): Promise<Map<string, string>> {
  const named = Object.entries({ overview, architecture: architecture(resources) });
  const files = await Promise.all(
    named.map(async ([name, diagram]) =>
      (await draw(diagram)).map((svg, index) => [`${name}-${themes[index]}.svg`, svg] as const),
    ),
  );
  return new Map(files.flat());
}
