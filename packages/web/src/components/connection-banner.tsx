import { type QueryCache, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { ApiError } from "../api/error.ts";
import classes from "./connection-banner.module.css";

/** What the API did to the last call of a query on screen, if that is worth another try. What fails elsewhere is shown there. */
function findTrouble(cache: QueryCache): string | undefined {
  for (const { state } of cache.findAll({ type: "active" })) {
    const { error, errorUpdatedAt, dataUpdatedAt } = state;
    if (!(error instanceof ApiError) || !error.isPassing || errorUpdatedAt <= dataUpdatedAt) continue;
    return error.status === 0 ? "Can't reach the server." : "The server reports an error.";
  }
  return undefined;
}

/** Over the page, so that nothing moves when it comes and goes. */
export function ConnectionBanner() {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  const trouble = useSyncExternalStore(subscribe, () => findTrouble(cache));

  return (
    <div role="status" className={classes.place}>
      {trouble && <div className={classes.banner}>{trouble} Retrying…</div>}
    </div>
  );
}
