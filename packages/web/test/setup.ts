import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Mantine asks for these; jsdom has no layout, and so has neither.
vi.stubGlobal("matchMedia", (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);

afterEach(cleanup);
