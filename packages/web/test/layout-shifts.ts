import type { Page } from "playwright-core";

/** Something moved though nobody did anything for it to move. */
export interface LayoutShift {
  /** How much of the window times how far of it, as Chromium counts. */
  value: number;
  /** Milliseconds since the page began. */
  time: number;
  /** What moved, from where to where. */
  moved: string[];
}

/** Has each document of the page note its layout shifts from its start on. */
export const observeLayoutShifts = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const shifts: LayoutShift[] = [];
    Object.assign(window, { layoutShifts: shifts });
    interface Entry extends PerformanceEntry {
      value: number;
      hadRecentInput: boolean;
      sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
    }
    const place = ({ x, y, width, height }: DOMRect) =>
      `${[x, y].map(Math.round)} ${[width, height].map(Math.round).join("×")}`;
    new PerformanceObserver((list) => {
      for (const { value, startTime, hadRecentInput, sources } of list.getEntries() as Entry[]) {
        if (hadRecentInput) continue;
        const moved = sources.map(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          const name = element ? `${element.tagName}.${element.getAttribute("class")}` : "something gone";
          return `${name}: ${place(previousRect)} → ${place(currentRect)}`;
        });
        shifts.push({ value, time: Math.round(startTime), moved });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });

/** Those of the document that shows. */
export const layoutShifts = (page: Page): Promise<LayoutShift[]> =>
  page.evaluate(() => (window as unknown as { layoutShifts: LayoutShift[] }).layoutShifts);
