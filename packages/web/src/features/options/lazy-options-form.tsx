import { SimpleGrid, Skeleton } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";
import { optionsGrid } from "./options-grid.ts";

const OptionsForm = lazy(() => import("./options-form.tsx"));

/** The form with its own chunk: most files are converted without a look at it. */
export function LazyOptionsForm(props: ComponentProps<typeof OptionsForm>) {
  return (
    <Suspense fallback={<Waiting />}>
      <OptionsForm {...props} />
    </Suspense>
  );
}

/** As many fields of the same height as the form has. */
function Waiting() {
  return (
    <SimpleGrid {...optionsGrid}>
      {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
        <Skeleton key={key} height={58} />
      ))}
    </SimpleGrid>
  );
}
