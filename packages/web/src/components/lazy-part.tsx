import { type ComponentType, lazy, Suspense, useDeferredValue, useState } from "react";
import { fetchPart } from "./fetch-part.ts";
import { PartBoundary } from "./part-boundary.tsx";

interface LazyPartOptions<Props> {
  /** In the part's place until it is there. */
  Waiting?: ComponentType<Props>;
  /** The part has no place of its own on the page. */
  floating?: boolean;
}

/** A component fetched with its first use. Without it the rest of the page goes on working. */
export function lazyPart<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  { Waiting, floating = false }: LazyPartOptions<Props> = {},
): ComponentType<Props> {
  // React keeps the failure of a lazy component, so each try needs one of its own.
  const create = () =>
    lazy(async () => {
      try {
        return await fetchPart(load);
      } catch (error) {
        Latest = create();
        throw error;
      }
    });
  let Latest = create();

  return function Part(props: Props) {
    const [Current, setCurrent] = useState(() => Latest);
    // What takes the place of the part is drawn first, with the rest of the page, and the part does not delay it.
    const isDue = useDeferredValue(true, Waiting === undefined);
    const waiting = Waiting && <Waiting {...props} />;
    return (
      <PartBoundary floating={floating} onRetry={() => setCurrent(() => Latest)}>
        <Suspense fallback={waiting}>{isDue ? <Current {...props} /> : waiting}</Suspense>
      </PartBoundary>
    );
  };
}
