/** Browsers cut off taller elements: Firefox at 17.9 million pixels, Chromium at 33.5 million. */
const maxHeight = 8_000_000;

export interface Extent {
  /** Pixels of all rows. */
  height: number;
  /** Pixels of the rows in view. */
  viewport: number;
}

/** Where a scroller is: `top` in the element, `offset` in the rows. */
export interface TallScroll {
  top: number;
  offset: number;
}

/** The height of the element that stands for all rows. */
export const canvasHeight = ({ height }: Extent): number => Math.min(height, maxHeight);

const clamp = (value: number, max: number) => Math.max(0, Math.min(max, value));

/** The element's scroll position for an offset in the rows. */
export function topOf(offset: number, extent: Extent): number {
  const maxOffset = extent.height - extent.viewport;
  if (extent.height <= maxHeight || maxOffset <= 0) return clamp(offset, Math.max(0, maxOffset));
  return (clamp(offset, maxOffset) / maxOffset) * (maxHeight - extent.viewport);
}

/**
 * Follows the element to a new scroll position. A short way is the same in the rows, so that a wheel skips none of them;
 * a jump, as of the scrollbar, is in proportion.
 */
export function follow(before: TallScroll, top: number, extent: Extent): TallScroll {
  if (extent.height <= maxHeight) return { top, offset: top };
  const maxOffset = extent.height - extent.viewport;
  const way = top - before.top;
  const offset =
    Math.abs(way) <= 2 * extent.viewport
      ? before.offset + way
      : (top / (maxHeight - extent.viewport)) * maxOffset;
  return { top, offset: clamp(offset, maxOffset) };
}
