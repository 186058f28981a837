import "./mantine.css";
import { Button, Group, Text } from "@mantine/core";
import { type FormEvent, useCallback, useEffect, useMemo, useRef } from "react";
import { formatCount } from "../../format.ts";
import { summarizeOptions } from "../options/describe-options.ts";
import { Options } from "../options/options.ts";
import { uploads } from "../upload/uploads.ts";
import { chosen, useChosen } from "./chosen.ts";
import { type ChosenFile, isConvertible, optionsOf } from "./chosen-files.ts";
import classes from "./chosen-list.module.css";
import { ChosenRows } from "./chosen-rows.tsx";
import { missingColumn } from "./column-choice.ts";

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

  // What kept this list away may have kept away the reader of files.
  useEffect(() => chosen.readAgain(), []);

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
      <ChosenRows isOneOfMany={convertible.length > 1} onRemove={remove} />
      {(isReading || convertible.length > 0 || files.length > 1) && (
        <Group justify="space-between" gap="sm" className={classes.foot}>
          <Text size="sm" c={problem ? "var(--danger)" : "dimmed"} role="status" className={classes.summary}>
            {problem ?? (isReading ? <Reading files={files} /> : words)}
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

function problemOf(files: ChosenFile[], shared: Partial<Options>): string | undefined {
  for (const chosenFile of files) {
    const { file, own, reading } = chosenFile;
    const options = optionsOf(chosenFile, shared);
    if (options.columns?.length === 0) return `Choose at least one column of ${file.name}.`;
    if (options.columns && !Options.safeParse(options).success) {
      return `Too many columns of ${file.name} are chosen by name: they may take 16 kB together. Choose fewer, or all.`;
    }
    const missing =
      reading.phase === "ready" &&
      reading.summary.columnsOmitted === 0 &&
      missingColumn(reading.summary.columns, options.columns);
    if (missing) {
      const advice = own || files.length === 1 ? "" : " Choose other columns, or options for that file only.";
      return `${file.name} has no column "${missing}".${advice}`;
    }
  }
  return undefined;
}

const without = (refused: number) =>
  refused === 1 ? "1 file cannot be converted" : `${formatCount(refused)} files cannot be converted`;

function Reading({ files }: { files: readonly ChosenFile[] }) {
  if (files.length === 1) return "Reading the file…";
  const read = files.filter(({ reading }) => reading.phase !== "reading").length;
  return (
    <>
      Reading the files…
      {/* It counts faster than it can be said. */}
      <span aria-hidden>
        {" "}
        {formatCount(read)} of {formatCount(files.length)}
      </span>
    </>
  );
}

function describe(files: ChosenFile[], shared: Partial<Options>): string {
  if (files.length === 0) return "None of the files can be converted.";
  // Most have the options of all, so these are put into words once.
  const different = files.filter(({ own }) => own);
  const sets = different.map((file) => optionsOf(file, shared));
  if (different.length < files.length) sets.push(shared);
  const words = new Set(
    sets.map(({ columns, ...options }) =>
      summarizeOptions({ ...Options.parse(options), ...(columns ? { columns } : {}) }),
    ),
  );
  return words.size === 1 ? `To ${[...words][0]}` : "Each with options of its own";
}
