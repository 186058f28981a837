import { defaultRangeExtractor, type Range } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useState } from "react";

/** Pixels from the page's top to a list that scrolls with it, for its virtualizer. What stands above may grow or shrink. */
export function useListTop(list: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);
  return top;
}

/** The indices near the window, and others that stay in the document wherever they are; a negative one is none. */
export const rangeWith = (range: Range, ...indices: number[]): number[] => {
  const kept = indices.filter((index) => index >= 0);
  return [...new Set([...defaultRangeExtractor(range), ...kept])].sort((a, b) => a - b);
};
