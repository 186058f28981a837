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
        content.current?.focus({ preventScroll: true });
        announce(document.title);
      }),
    [router, content],
  );
}
