import { SimpleGrid, Skeleton } from "@mantine/core";
import { prefetched } from "../../components/fetch-part.ts";
import { lazyPart } from "../../components/lazy-part.tsx";
import { choiceNames } from "./describe-options.ts";
import { optionsGrid } from "./options-grid.ts";

/** The form with its own chunk: most files are converted without a look at it. */
export const LazyOptionsForm = lazyPart(
  prefetched(() => import("./options-form.tsx")),
  { Waiting },
);

/** As many fields of the same height as the form has. */
function Waiting() {
  return (
    <SimpleGrid {...optionsGrid}>
      {["columns", "limit", ...choiceNames].map((key) => (
        <Skeleton key={key} height={58} />
      ))}
    </SimpleGrid>
  );
}
