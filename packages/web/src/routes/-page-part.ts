import { lazyRouteComponent } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { fetchPart, MissingPartError } from "../components/fetch-part.ts";
import { isConvertingInTab } from "../features/add-files/in-tab/in-tab.ts";
import { chosen } from "../features/add-files/inspect/chosen.ts";
import { isOver } from "../features/add-files/upload/upload-queue.ts";
import { uploads } from "../features/add-files/upload/uploads.ts";

/** Whether a reload would lose nothing and reach the server. */
async function canReload(): Promise<boolean> {
  if (!uploads.list.get().every(isOver) || chosen.getSnapshot().files.length > 0) return false;
  if (isConvertingInTab()) return false;
  const answer = await fetch("/", { cache: "no-store" }).catch(() => undefined);
  return answer?.ok ?? false;
}

/** A route's component, fetched when the route is opened. */
export function pagePart(load: () => Promise<{ default: () => ReactNode }>) {
  return lazyRouteComponent(async () => {
    try {
      return await fetchPart(load);
    } catch (error) {
      if (!(error instanceof MissingPartError) || !(await canReload())) throw error;
      // By this message the router knows a page that is older than the last deployment, and reloads it once.
      throw new Error(`Failed to fetch dynamically imported module: ${error.cause}`, { cause: error });
    }
  });
}
