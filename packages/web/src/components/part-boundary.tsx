import { useWindowEvent } from "@mantine/hooks";
import { Component, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { MissingPartError } from "./fetch-part.ts";
import classes from "./part-boundary.module.css";

interface PartFailureProps {
  error?: Error;
  /** At the window's lower edge, for a part with no place of its own on the page. */
  floating?: boolean;
  onRetry: () => void;
  /** When the browser is online again. Default: retries. */
  onOnline?: () => void;
}

/** Says that a part of the page is missing and offers to fetch it again, or the whole page. */
export function PartFailure({ error, floating = false, onRetry, onOnline = onRetry }: PartFailureProps) {
  useWindowEvent("online", onOnline);
  const message =
    error === undefined || error instanceof MissingPartError
      ? "Part of this page failed to load."
      : "Part of this page stopped working.";
  const notice = (
    <div role="alert" className={classes.failure} data-floating={floating || undefined}>
      {message}
      <button type="button" className={classes.action} onClick={onRetry}>
        Retry
      </button>
      <button type="button" className={classes.action} onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
  return floating ? createPortal(notice, document.body) : notice;
}

interface PartBoundaryProps {
  children: ReactNode;
  floating?: boolean;
  /** Before the part is rendered again. */
  onRetry?: () => void;
}

/** Keeps the failure of a part to that part. */
export class PartBoundary extends Component<PartBoundaryProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  readonly #retry = () => {
    this.props.onRetry?.();
    this.setState({ error: null });
  };

  override render() {
    const { children, floating = false } = this.props;
    const { error } = this.state;
    return error ? <PartFailure error={error} floating={floating} onRetry={this.#retry} /> : children;
  }
}
