// biome-ignore-all lint/a11y/useSemanticElements: a table lays out all of its rows, these are only the ones in view
import { Text } from "@mantine/core";
import { useCallbackRef, useDebouncedCallback } from "@mantine/hooks";
import { IconPin, IconPinFilled } from "@tabler/icons-react";
import {
  type Column,
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  createColumnHelper,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { flushSync } from "react-dom";
import { ColumnSearch, matches } from "../column-search.tsx";
import { formatCount } from "../format.ts";
import { announce } from "../live-region.tsx";
import type { GridCell, GridColumn } from "./cell.ts";
import { asksForCopy, copyText } from "./copy-text.ts";
import classes from "./grid.module.css";
import { cellId, type DrawnColumn, GridRow, RowCells } from "./grid-row.tsx";
import { GoToRow, GridFoot } from "./grid-tools.tsx";
import { move, type Position } from "./keys.ts";
import { canvasHeight, follow, type TallScroll, topOf } from "./tall-scroll.ts";

/** What is drawn, and has to be read. */
export interface GridView {
  /** From 0. */
  firstRow: number;
  endRow: number;
  columns: readonly GridColumn[];
}

/** The cell that keys act on: a row from 1, or 0 for the header, and a column's id. */
export interface GridPlace {
  row: number;
  column?: string | undefined;
}

interface GridProps {
  label: string;
  columns: readonly GridColumn[];
  rows: number;
  /** `row` is from 0; undefined while the cell is not read yet. */
  cellAt: (row: number, column: GridColumn) => GridCell | undefined;
  /** All of a cell's text; undefined if the value is missing. */
  copyOf: (row: number, column: GridColumn) => string | undefined | Promise<string | undefined>;
  onView?: (view: GridView) => void;
  /** Opens a row, from 1. */
  onOpen?: (row: number) => void;
  onPlace?: (place: GridPlace) => void;
  start?: GridPlace | undefined;
  hasFocus?: boolean;
  /** Tells rows by a number, to which one can go. */
  isNumbered?: boolean;
  toolbar?: ReactNode;
}

/** Pixels, as in the style sheet. */
const rowHeight = 31;
const maxHeight = 640;
const overscan = 8;
const characterWidth = 7.9;
const resizeStep = 24;
const minSize = 48;
const maxSize = 2000;

const features = tableFeatures({ columnPinningFeature, columnResizingFeature, columnSizingFeature });
const helper = createColumnHelper<typeof features, never>();
const noRows: never[] = [];

/** A column of the table. Headers of thousands take too long to make. */
type Leaf = Column<typeof features, never>;

const headWidth = ({ name, type, action }: GridColumn) =>
  Math.max(name.length, type?.length ?? 0) * characterWidth + (action ? 56 : 26);
const bounded = (width: number) => Math.round(Math.max(72, Math.min(340, width)));

/**
 * A grid of any number of rows and columns that draws only those in view. TanStack Table keeps widths and pinned columns,
 * TanStack Virtual the columns in view. Keys are those of https://www.w3.org/WAI/ARIA/apg/patterns/grid/.
 */
export function Grid({
  label,
  columns: all,
  rows,
  cellAt,
  copyOf,
  onView,
  onOpen,
  onPlace,
  start,
  hasFocus = false,
  isNumbered = true,
  toolbar,
}: GridProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState("");
  const [place, setPlace] = useState<GridPlace>(start ?? { row: 1 });
  const [scroll, setScroll] = useState<TallScroll>({ top: 0, offset: 0 });
  // At first as much as there can be, so that all that is in view is drawn before the browser lays it out.
  const [clientHeight, setClientHeight] = useState(maxHeight);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setClientHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const fitted = useRef(new Set<string>());
  const lastIndex = useRef(0);

  const columns = useMemo(() => all.filter(({ name }) => matches(name, wanted)), [all, wanted]);
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  // Of all columns, found or not: the table takes long to make thousands of them.
  const definitions = useMemo(
    () =>
      helper.columns(
        all.map((column) =>
          helper.display({ id: column.id, size: bounded(headWidth(column)), minSize, maxSize }),
        ),
      ),
    [all],
  );
  const table = useTable({ features, columns: definitions, data: noRows, columnResizeMode: "onChange" });
  const atStart = table.getStartLeafColumns();
  const others = table.getCenterLeafColumns();
  const pinned = useMemo(() => atStart.filter(({ id }) => byId.has(id)), [atStart, byId]);
  const loose = useMemo(() => others.filter(({ id }) => byId.has(id)), [others, byId]);
  const order = useMemo(() => [...pinned, ...loose], [pinned, loose]);
  const { columnSizing } = table.state;
  /** As getSize, which takes ten times as long: all columns are measured when a width changes. */
  const sizeOf = useCallback(
    ({ id, columnDef: { size = minSize } }: Leaf) =>
      Math.max(minSize, Math.min(maxSize, columnSizing[id] ?? size)),
    [columnSizing],
  );
  const columnOffset = isNumbered ? 2 : 1;
  const numberWidth = isNumbered ? Math.max(3, String(rows).length) * characterWidth + 26 : 0;
  const frozenWidth = numberWidth + pinned.reduce((sum, leaf) => sum + sizeOf(leaf), 0);

  const widthAt = useCallback(
    (index: number) => {
      const leaf = loose[index];
      return leaf ? sizeOf(leaf) : 0;
    },
    [loose, sizeOf],
  );
  const horizontal = useVirtualizer({
    horizontal: true,
    count: loose.length,
    getScrollElement: () => scroller.current,
    // Sizes are cached by key, so a key includes the width. A new function would discard the whole cache.
    getItemKey: useCallback((index: number) => `${loose[index]?.id} ${widthAt(index)}`, [loose, widthAt]),
    estimateSize: widthAt,
    paddingStart: frozenWidth,
    scrollPaddingStart: frozenWidth,
    // As with the height.
    initialRect: { width: window.innerWidth, height: maxHeight },
    overscan: 2,
  });
  const items = horizontal.getVirtualItems();
  const hasTypes = all.some(({ type }) => type !== undefined);
  const headHeight = hasTypes ? 48 : 34;
  const extent = { height: rows * rowHeight, viewport: Math.max(0, clientHeight - headHeight) };
  const firstRow = Math.max(0, Math.floor(scroll.offset / rowHeight) - overscan);
  const endRow = Math.min(rows, Math.ceil((scroll.offset + extent.viewport) / rowHeight) + overscan);
  const width = Math.max(horizontal.getTotalSize(), frozenWidth);

  const hasMore = width - (horizontal.scrollOffset ?? 0) > (horizontal.scrollRect?.width ?? width) + 1;

  const found = order.findIndex((leaf) => leaf.id === place.column);
  // A column that is split gives way to others at its place.
  const activeIndex = found >= 0 ? found : Math.max(0, Math.min(lastIndex.current, order.length - 1));
  useEffect(() => {
    lastIndex.current = activeIndex;
  });
  const active: Position = { row: Math.min(place.row, rows), column: activeIndex };
  const activeColumn = byId.get(order[activeIndex]?.id ?? "");

  const drawn = useMemo(() => {
    const draw = (leaf: Leaf | undefined, index: number, left?: number): DrawnColumn[] => {
      const column = byId.get(leaf?.id ?? "");
      return leaf && column ? [{ column, index, width: sizeOf(leaf), left }] : [];
    };
    return [
      ...pinned.flatMap((leaf, index) => draw(leaf, index)),
      ...items.flatMap(({ index, start }) => draw(loose[index], pinned.length + index, start)),
    ];
  }, [pinned, loose, items, byId, sizeOf]);
  const drawnIds = JSON.stringify(drawn.map(({ column }) => column.id));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn changes with its ids
  useEffect(() => {
    onView?.({ firstRow, endRow, columns: drawn.map(({ column }) => column) });
  }, [firstRow, endRow, drawnIds, columns]);

  // As wide as what was read first, and the same wherever it is scrolled to.
  useLayoutEffect(() => {
    const sizes: Record<string, number> = {};
    for (const { column } of drawn) {
      if (fitted.current.has(column.id)) continue;
      const lengths = Array.from({ length: endRow - firstRow }, (_, index) => {
        const cell = cellAt(firstRow + index, column);
        return cell && Math.min(cell.text.length, 60) + (cell.note ? cell.note.length + 2 : 0);
      }).filter((length) => length !== undefined);
      if (lengths.length === 0) continue;
      fitted.current.add(column.id);
      sizes[column.id] = bounded(Math.max(headWidth(column), Math.max(...lengths) * characterWidth + 26));
    }
    if (Object.keys(sizes).length > 0) table.setColumnSizing((before) => ({ ...sizes, ...before }));
  });

  /** Scrolls no further than to where the whole column is in view. */
  const showColumn = (index: number) => {
    const element = scroller.current;
    const column = horizontal.measurementsCache[index - pinned.length];
    if (!element || !column) return;
    // The virtualizer's scrollToIndex has the browser lay out the page twice more.
    element.scrollLeft = Math.max(
      column.end - element.clientWidth,
      Math.min(column.start - frozenWidth, element.scrollLeft),
    );
  };

  /** Where it was left, if it was shown before. */
  const lastTop = useRef<number>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it is first drawn, or again after it was hidden
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (lastTop.current !== undefined) {
      element.scrollTop = lastTop.current;
      return;
    }
    if (hasFocus) element.focus({ preventScroll: true });
    if (start && start.row > 1) {
      const viewport = element.clientHeight - headHeight;
      element.scrollTop = topOf((start.row - 1) * rowHeight - viewport / 2, { ...extent, viewport });
    }
    if (start?.column !== undefined) showColumn(activeIndex);
    lastTop.current = element.scrollTop;
  }, []);

  const scrollTo = (offset: number) => {
    const top = topOf(offset, extent);
    if (scroller.current) scroller.current.scrollTop = top;
    setScroll({ top, offset });
  };
  const settle = useDebouncedCallback(() => {
    // A short way in the rows is a long one for the scrollbar: it goes back to where it belongs, and the rows with it
    // before the next frame.
    if (Math.abs(topOf(scroll.offset, extent) - scroll.top) > 1) flushSync(() => scrollTo(scroll.offset));
  }, 150);
  const handleScroll = () => {
    const top = scroller.current?.scrollTop ?? 0;
    lastTop.current = top;
    setScroll((before) => (before.top === top ? before : follow(before, top, extent)));
    settle();
  };

  const choose = (row: number, column: string | undefined) => {
    setPlace({ row, column });
    onPlace?.({ row, column });
  };
  const click = (row: number, column: string | undefined) => {
    choose(row, column);
    scroller.current?.focus({ preventScroll: true });
  };
  /** The cell of the body that an event is of. */
  const cellOf = ({ target }: MouseEvent): Required<GridPlace> | undefined => {
    const cell = target instanceof Element ? target.closest('[role="gridcell"]') : null;
    const row = cell?.closest('[role="row"]');
    const column = order[Number(cell?.getAttribute("aria-colindex")) - columnOffset];
    return row && column
      ? { row: Number(row.getAttribute("aria-rowindex")) - 1, column: column.id }
      : undefined;
  };
  const goTo = (position: Position) => {
    showColumn(position.column);
    const top = (position.row - 1) * rowHeight;
    const lowest = Math.max(0, top + rowHeight - extent.viewport);
    if (position.row === 0 && active.row > 0) scrollTo(0);
    else if (position.row > 0 && top < scroll.offset) scrollTo(top);
    else if (position.row > 0 && lowest > scroll.offset) scrollTo(lowest);
    choose(position.row, order[position.column]?.id);
    // The browser tells the virtualizer only before the next frame, which would then be rendered twice.
    scroller.current?.dispatchEvent(new Event("scroll"));
  };
  const goToRow = useCallbackRef((row: number) => {
    choose(row, order[activeIndex]?.id);
    const max = Math.max(0, extent.height - extent.viewport);
    scrollTo(Math.max(0, Math.min(max, (row - 1) * rowHeight - extent.viewport / 2)));
    scroller.current?.focus({ preventScroll: true });
  });

  const pin = (leaf: Leaf) => {
    const isPinned = leaf.getIsPinned() !== false;
    leaf.pin(isPinned ? false : "start");
    choose(place.row, leaf.id);
    announce(`${byId.get(leaf.id)?.name} ${isPinned ? "unpinned" : "pinned"}`);
  };
  const resize = (leaf: Leaf, by: number) =>
    table.setColumnSizing((before) => ({
      ...before,
      [leaf.id]: sizeOf(leaf) + by,
    }));

  const resizeHandler =
    ({ id }: Leaf) =>
    (event: unknown) =>
      table
        .getLeafHeaders()
        .find((header) => header.id === id)
        ?.getResizeHandler()(event);

  const rowName = (row: number) => {
    const [first] = columns;
    return isNumbered || !first ? `row ${formatCount(row)}` : cellAt(row - 1, first)?.text;
  };
  const copy = async () => {
    if (!activeColumn) return;
    const { name } = activeColumn;
    if (active.row === 0) await copyText(name, `the name ${name}`);
    else await copyText(copyOf(active.row - 1, activeColumn), `${name} of ${rowName(active.row)}`);
  };

  const copyActive = useCallbackRef(() => void copy());
  const openActive = useCallbackRef(() => onOpen?.(active.row));

  const handleKeyDown = (event: KeyboardEvent) => {
    const leaf = order[active.column];
    if (event.target !== scroller.current || !leaf) return;
    const arrow = { ArrowLeft: -resizeStep, ArrowRight: resizeStep }[event.key];
    const page = Math.max(1, Math.floor(extent.viewport / rowHeight) - 1);
    const next = move(active, event, { rows: rows + 1, columns: order.length, page });
    if (arrow !== undefined && event.shiftKey) resize(leaf, arrow);
    else if (next) goTo(next);
    else if (asksForCopy(event)) void copy();
    else if (event.key.toLowerCase() === "p" && !event.ctrlKey && !event.metaKey) pin(leaf);
    else if (event.key === "Enter" && active.row > 0 && onOpen) onOpen(active.row);
    else if (event.key === "Enter" && active.row === 0 && activeColumn?.action) activeColumn.action.act();
    else return;
    event.preventDefault();
  };

  const isActiveDrawn =
    (active.row === 0 || (active.row > firstRow && active.row <= endRow)) &&
    drawn.some(({ index }) => index === active.column);
  const activeCell = active.row > 0 && activeColumn ? cellAt(active.row - 1, activeColumn) : undefined;

  const drawHead = ({ column, index, width, left }: DrawnColumn) => {
    const leaf = order[index];
    if (!leaf) return null;
    const isPinned = left === undefined;
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of its cells
      <div
        key={column.id}
        id={cellId(id, 0, column.id)}
        role="columnheader"
        tabIndex={-1}
        aria-colindex={index + columnOffset}
        data-active={(active.row === 0 && active.column === index) || undefined}
        data-numeric={column.isNumeric || undefined}
        data-loose={!isPinned || undefined}
        className={classes.cell}
        style={{ width, ...(!isPinned && { transform: `translateX(${left}px)` }) }}
        title={column.type === undefined ? column.name : `${column.name}: ${column.type}`}
        onClick={() => click(0, column.id)}
      >
        <span className={classes.title}>
          <span className={classes.name}>{column.name === "" ? '""' : column.name}</span>
          {hasTypes && <span className={classes.type}>{column.type ?? "\u00a0"}</span>}
        </span>
        {column.action && (
          <button
            type="button"
            tabIndex={-1}
            className={classes.button}
            aria-label={column.action.label}
            onClick={column.action.act}
          >
            {column.action.icon}
          </button>
        )}
        <button
          type="button"
          tabIndex={-1}
          className={classes.button}
          data-pin={isPinned ? "pinned" : "loose"}
          aria-label={`${isPinned ? "Unpin" : "Pin"} ${column.name}`}
          onClick={() => pin(leaf)}
        >
          {isPinned ? <IconPinFilled size={14} /> : <IconPin size={14} />}
        </button>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; the keys are Shift with an arrow */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps a click from choosing the cell */}
        <span
          className={classes.edge}
          onMouseDown={(event) => {
            // The focus stays with the grid, and its keys.
            event.preventDefault();
            resizeHandler(leaf)(event);
          }}
          onTouchStart={resizeHandler(leaf)}
          onClick={(event) => event.stopPropagation()}
        />
      </div>
    );
  };

  return (
    <div>
      <div className={classes.toolbar}>
        <ColumnSearch count={isNumbered ? all.length : 0} value={wanted} onChange={setWanted} />
        {isNumbered && rows > 20 && <GoToRow rows={rows} onGo={goToRow} />}
        {toolbar}
      </div>
      {columns.length === 0 && (
        <Text size="sm" c="dimmed" pb={8}>
          No matching columns.
        </Text>
      )}
      <div className={classes.frame} data-more={hasMore || undefined}>
        <div
          ref={scroller}
          role="grid"
          aria-label={label}
          aria-rowcount={rows + 1}
          aria-colcount={columns.length + columnOffset - 1}
          aria-activedescendant={
            isActiveDrawn ? cellId(id, active.row, order[active.column]?.id ?? "") : undefined
          }
          aria-busy={activeCell === undefined && active.row > 0 && columns.length > 0}
          tabIndex={0}
          className={classes.grid}
          style={{ height: headHeight + rows * rowHeight + 18 }}
          onKeyDown={handleKeyDown}
          onScroll={handleScroll}
        >
          <div role="rowgroup" className={classes.head} style={{ width, height: headHeight }}>
            <div role="row" tabIndex={-1} aria-rowindex={1} className={classes.row}>
              <RowCells
                pinnedCount={pinned.length}
                frozenWidth={frozenWidth}
                numberWidth={numberWidth}
                numberRole="columnheader"
                number="Row"
              >
                {drawn.map(drawHead)}
              </RowCells>
            </div>
          </div>
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of its cells */}
          <div
            role="rowgroup"
            className={classes.body}
            style={{ width, height: canvasHeight(extent) }}
            onClick={({ nativeEvent }) => {
              const cell = cellOf(nativeEvent);
              if (cell) click(cell.row, cell.column);
            }}
            onDoubleClick={({ nativeEvent }) => {
              const cell = cellOf(nativeEvent);
              if (cell) onOpen?.(cell.row);
            }}
          >
            {Array.from({ length: Math.max(0, endRow - firstRow) }, (_, nth) => {
              const row = firstRow + nth;
              return (
                <GridRow
                  key={row}
                  gridId={id}
                  row={row + 1}
                  top={scroll.top + row * rowHeight - scroll.offset}
                  height={rowHeight}
                  drawn={drawn}
                  cells={drawn.map(({ column }) => cellAt(row, column))}
                  pinnedCount={pinned.length}
                  frozenWidth={frozenWidth}
                  numberWidth={numberWidth}
                  active={active.row === row + 1 ? active.column : undefined}
                />
              );
            })}
          </div>
        </div>
      </div>
      <GridFoot
        place={
          activeColumn && active.row > 0 && (isNumbered || activeIndex > 0)
            ? `of ${rowName(active.row)}`
            : undefined
        }
        name={active.row > 0 ? activeColumn?.name : undefined}
        text={activeCell?.text}
        onCopy={activeColumn && copyActive}
        onOpen={onOpen && active.row > 0 ? openActive : undefined}
      />
    </div>
  );
}
