import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { rangeWith, useListTop } from "../../../components/window-list.ts";
import { journal, useUnfinished, useUploads } from "../upload/uploads.ts";
import { useChosen } from "./chosen.ts";
import { findRepeated } from "./chosen-files.ts";
import classes from "./chosen-list.module.css";
import { ChosenRow, type ChosenRowProps } from "./chosen-row.tsx";

interface ChosenRowsProps extends Pick<ChosenRowProps, "isOneOfMany" | "onRemove"> {
  /** The file that gets the focus; the same again when it is another object. */
  sought: { id: number } | undefined;
}

/** Of hundreds of files, those near the window are in the document, and the one that is looked at. */
export function ChosenRows({ isOneOfMany, sought, onRemove }: ChosenRowsProps) {
  const { files, shared, shown } = useChosen();
  const uploaded = useUploads();
  useUnfinished();
  const repeated = useMemo(
    () =>
      findRepeated(
        files,
        uploaded.map(({ file }) => file),
      ),
    [files, uploaded],
  );
  const list = useRef<HTMLUListElement>(null);
  const top = useListTop(list);
  const shownIndex = files.findIndex(({ id }) => id === shown);

  const soughtIndex = files.findIndex(({ id }) => id === sought?.id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another is sought
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>(`[data-index="${soughtIndex}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
  }, [sought]);

  const virtualizer = useWindowVirtualizer({
    count: files.length,
    estimateSize: () => 57,
    getItemKey: (index) => files[index]?.id ?? index,
    overscan: 4,
    scrollMargin: top,
    rangeExtractor: (range) => rangeWith(range, shownIndex, soughtIndex),
  });

  return (
    <ul ref={list} className={classes.list} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const file = files[index];
        return (
          file && (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              tabIndex={-1}
              className={classes.row}
              style={{ transform: `translateY(${start - virtualizer.options.scrollMargin}px)` }}
              aria-setsize={files.length}
              aria-posinset={index + 1}
            >
              <ChosenRow
                chosenFile={file}
                shared={shared}
                isShown={index === shownIndex}
                repetition={repeated.get(file.id)}
                stored={journal.find(file.file)?.stored}
                isOneOfMany={isOneOfMany}
                onRemove={onRemove}
              />
            </li>
          )
        );
      })}
    </ul>
  );
}
