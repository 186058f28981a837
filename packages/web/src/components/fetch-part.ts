/** A part of the page could not be fetched: the network is away, or a newer version has replaced it. */
export class MissingPartError extends Error {
  override readonly name = "MissingPartError";

  constructor(cause: unknown) {
    super("Part of this page failed to load.", { cause });
  }
}

/** Milliseconds before another try: long enough for a network that has just come back. */
const pause = 1000;
/** When the browser last came online, by `performance.now()`. */
let onlineSince = 0;
globalThis.addEventListener?.("online", () => {
  onlineSince = performance.now();
});

/** Addresses of stylesheets that failed. Vite asks for each one once, whatever came of it. */
const missingStyles = new Set<string>();
globalThis.document?.addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") missingStyles.add(target.href);
  },
  true,
);

async function fetchStyle(href: string): Promise<void> {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", crossOrigin: "", href });
  await new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  });
  missingStyles.delete(href);
}

async function fetchOnce<T>(load: () => Promise<T>): Promise<T> {
  await Promise.all([...missingStyles].map(fetchStyle));
  return load();
}

/** Imports a part of the page. Tries twice, and once more if the browser came online meanwhile. Throws MissingPartError. */
export async function fetchPart<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const began = performance.now();
    try {
      return await fetchOnce(load);
    } catch (cause) {
      if (tries > 1 && onlineSince < began) throw new MissingPartError(cause);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Fetches a part that is about to be used. A failure shows only if it is used. */
export function preparePart(load: () => Promise<unknown>): void {
  fetchOnce(load).catch(() => undefined);
}

/** Milliseconds a visit has the network to itself. */
const quiet = 5000;

/** Has a small part fetched once the browser is idle: what is there cannot be missing later. */
export function prefetched<T>(load: () => Promise<T>): () => Promise<T> {
  // Safari has no idle callbacks.
  const whenIdle = window.requestIdleCallback ?? setTimeout;
  if (import.meta.env.PROD) setTimeout(() => whenIdle(() => preparePart(load)), quiet);
  return load;
}
