import { modals } from "@mantine/modals";
import { useRouter } from "@tanstack/react-router";
import { type RefObject, useEffect } from "react";
import { announce } from "./live-region.tsx";

/**
 * What a browser does by itself where each page is a document of its own: the keyboard begins anew at the page's content, a
 * screen reader says which page it is, and no dialog of the page before is left open.
 */
export function usePageChanges(content: RefObject<HTMLElement | null>): void {
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
        if (!fromLocation || !pathChanged) return;
        modals.closeAll();
        // A page that is gone back to may have put it where it was.
        if (!content.current?.contains(document.activeElement))
          content.current?.focus({ preventScroll: true });
        announce(document.title);
      }),
    [router, content],
  );
}

/** Whether the page that is about to show is one that was there before, by the browser's back button. */
export function useGoesBack(): boolean {
  const { location, resolvedLocation } = useRouter().state;
  return resolvedLocation !== undefined && location.state.__TSR_index < resolvedLocation.state.__TSR_index;
}
