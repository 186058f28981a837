import { type QueryCache, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { ApiError } from "../api/error.ts";
import classes from "./connection-banner.module.css";

/** The last thing any query on screen heard was that the API is away or failing. */
function isAway(cache: QueryCache): boolean {
  return cache.findAll({ type: "active" }).some(({ state }) => {
    const permanent = state.error instanceof ApiError && !state.error.isPassing;
    return state.errorUpdatedAt > state.dataUpdatedAt && !permanent;
  });
}

/** Over the page, so that nothing moves when it comes and goes. */
export function ConnectionBanner() {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  const away = useSyncExternalStore(subscribe, () => isAway(cache));

  return (
    <div role="status" className={classes.place}>
      {away && <div className={classes.banner}>The API does not answer. Trying again…</div>}
    </div>
  );
}
