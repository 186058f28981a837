import "./mantine.css";
import { Button, Group, Text } from "@mantine/core";
import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { Options } from "@unparquet/core/job/options";
import { type FormEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { formatCount } from "../../format.ts";
import { summarizeOptions } from "../options/describe-options.ts";
import { uploads, useUploads } from "../upload/uploads.ts";
import { chosen, useChosen } from "./chosen.ts";
import { type ChosenFile, findRepeated, isConvertible, optionsOf } from "./chosen-files.ts";
import classes from "./chosen-list.module.css";
import { ChosenRow, type ChosenRowProps } from "./chosen-row.tsx";

interface ChosenListProps {
  /** After files are on their way or taken off, so that the focus has somewhere to go. */
  onGone: () => void;
}

/** The files that wait for a person's word, and that word. */
export default function ChosenList({ onGone }: ChosenListProps) {
  const { files, shared } = useChosen();
  const convertible = useMemo(() => files.filter(isConvertible), [files]);
  const refused = files.filter(({ reading }) => reading.phase === "refused").length;
  const problem = useMemo(() => problemOf(convertible, shared), [convertible, shared]);
  const words = useMemo(() => describe(convertible, shared), [convertible, shared]);
  const isReading = files.some(({ reading }) => reading.phase === "reading");
  const isReady = convertible.length > 0 && !isReading;
  const form = useRef<HTMLFormElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  // Whoever has nothing to change presses Enter.
  useEffect(() => {
    if (isReady) button.current?.focus({ preventScroll: true });
  }, [isReady]);

  const convert = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || problem) return;
    uploads.add(chosen.take().map((taken) => ({ file: taken.file, options: optionsOf(taken, shared) })));
    onGone();
  };

  const remove = useCallback(
    (id: number) => {
      chosen.remove(id);
      if (chosen.getSnapshot().files.length === 0) onGone();
      else form.current?.focus({ preventScroll: true });
    },
    [onGone],
  );

  const removeAll = () => {
    chosen.remove(...files.map(({ id }) => id));
    onGone();
  };

  return (
    <form ref={form} tabIndex={-1} className={classes.section} aria-label="Chosen files" onSubmit={convert}>
      <Rows isOneOfMany={convertible.length > 1} onRemove={remove} />
      {(isReading || convertible.length > 0 || files.length > 1) && (
        <Group justify="space-between" gap="sm" className={classes.foot}>
          <Text size="sm" c={problem ? "var(--danger)" : "dimmed"} role="status" className={classes.summary}>
            {problem ?? (isReading ? describeReading(files) : words)}
            {!isReading && refused > 0 && convertible.length > 0 && ` · ${without(refused)}`}
          </Text>
          <Group gap="sm">
            {files.length > 1 && (
              <Button variant="subtle" color="gray" onClick={removeAll}>
                Remove all
              </Button>
            )}
            {(isReading || convertible.length > 0) && (
              <Button ref={button} type="submit" disabled={!isReady || problem !== undefined}>
                {convertible.length > 1 ? `Convert all ${formatCount(convertible.length)} files` : "Convert"}
              </Button>
            )}
          </Group>
        </Group>
      )}
    </form>
  );
}

/** Of hundreds of files, those near the window are in the document, and the one that is looked at. */
function Rows({ isOneOfMany, onRemove }: Pick<ChosenRowProps, "isOneOfMany" | "onRemove">) {
  const { files, shared, shown } = useChosen();
  const uploaded = useUploads();
  const repeated = useMemo(
    () =>
      findRepeated(
        files,
        uploaded.map(({ file }) => file),
      ),
    [files, uploaded],
  );
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const shownIndex = files.findIndex(({ id }) => id === shown);

  const virtualizer = useWindowVirtualizer({
    count: files.length,
    estimateSize: () => 57,
    getItemKey: (index) => files[index]?.id ?? index,
    overscan: 4,
    scrollMargin: top,
    rangeExtractor: (range) => {
      const near = defaultRangeExtractor(range);
      return shownIndex < 0 || near.includes(shownIndex) ? near : [...near, shownIndex].sort((a, b) => a - b);
    },
  });

  // What stands above the list may grow or shrink.
  useLayoutEffect(() => {
    const measure = () => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

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

function problemOf(files: ChosenFile[], shared: Partial<Options>): string | undefined {
  for (const chosenFile of files) {
    const { file, columns } = chosenFile;
    if (columns?.length === 0) return `Choose at least one column of ${file.name}.`;
    if (columns && !Options.safeParse(optionsOf(chosenFile, shared)).success) {
      return `Too many columns of ${file.name} are chosen by name: they may take 16 kB together. Choose fewer, or all.`;
    }
  }
  return undefined;
}

const without = (refused: number) =>
  refused === 1 ? "1 file cannot be converted" : `${formatCount(refused)} files cannot be converted`;

function describeReading(files: readonly ChosenFile[]): string {
  if (files.length === 1) return "Reading the file…";
  const read = files.filter(({ reading }) => reading.phase !== "reading").length;
  return `Reading the files… ${formatCount(read)} of ${formatCount(files.length)}`;
}

function describe(files: ChosenFile[], shared: Partial<Options>): string {
  if (files.length === 0) return "None of the files can be converted.";
  // Most have the options of all, so these are put into words once.
  const different = files.filter(({ own, columns }) => own || columns);
  const sets = different.map((file) => optionsOf(file, shared));
  if (different.length < files.length) sets.push(shared);
  const words = new Set(
    sets.map(({ columns, ...options }) =>
      summarizeOptions({ ...Options.parse(options), ...(columns ? { columns } : {}) }),
    ),
  );
  return words.size === 1 ? `To ${[...words][0]}` : "Each with options of its own";
}
