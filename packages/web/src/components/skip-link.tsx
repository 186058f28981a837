import type { RefObject } from "react";
import classes from "./skip-link.module.css";

/** "Skip to content" link, shown on first Tab. */
export function SkipLink({ target }: { target: RefObject<HTMLElement | null> }) {
  return (
    // biome-ignore lint/a11y/useValidAnchor: a place on the page, as its address would be without a router
    <a
      href="#content"
      className={classes.link}
      onClick={(event) => {
        // The address stays: no step of its own to go back to.
        event.preventDefault();
        target.current?.focus();
      }}
    >
      Skip to the content
    </a>
  );
}
