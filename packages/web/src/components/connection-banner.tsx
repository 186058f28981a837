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

let incomplete = false;
/** A part of the page that is fetched on demand did not come: the network is away, or a newer dashboard has taken its place. */
function subscribeIncomplete(listener: () => void) {
  const note = () => {
    incomplete = true;
    listener();
  };
  window.addEventListener("vite:preloadError", note);
  return () => window.removeEventListener("vite:preloadError", note);
}

/** Over the page, so that nothing moves when it comes and goes. */
export function ConnectionBanner() {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  const away = useSyncExternalStore(subscribe, () => isAway(cache));

  const lacks = useSyncExternalStore(subscribeIncomplete, () => incomplete);

  return (
    <div role="status" className={classes.place}>
      {away && <div className={classes.banner}>The API does not answer. Trying again…</div>}
      {lacks && !away && (
        <div className={classes.banner}>
          A part of this page could not be fetched.{" "}
          <button type="button" className={classes.reload} onClick={() => location.reload()}>
            Load it anew
          </button>
        </div>
      )}
    </div>
  );
}
