import "./mantine.css";
import { Anchor, Button, Group, Text } from "@mantine/core";
import { outputName } from "@unparquet/core/storage/keys";
import { type FormEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { formatBytes, formatCount, isolate } from "../../../components/format.ts";
import { summarizeOptions } from "../../options/describe-options.ts";
import { Options } from "../../options/options.ts";
import { initialOptions, linkedOptions, rememberOptions } from "../../options/options-memory.ts";
import { problemOfOptions } from "../../options/problem.ts";
import { canConvertInTab, convertInTab, inTabMaxBytes } from "../in-tab/in-tab.ts";
import { journal, uploads, useUnfinished } from "../upload/uploads.ts";
import { BatchPrediction } from "./batch-prediction.tsx";
import { chosen, useChosen } from "./chosen.ts";
import { type ChosenFile, isConvertible, optionsOf } from "./chosen-files.ts";
import classes from "./chosen-list.module.css";
import { ChosenRows } from "./chosen-rows.tsx";

// With the first choice of a visit, if the tab has no options yet.
if (Object.keys(chosen.getSnapshot().shared).length === 0) chosen.share(initialOptions());
// Another link may be followed in the same tab.
window.addEventListener("hashchange", () => {
  const linked = linkedOptions();
  if (linked) chosen.share(linked);
});

interface ChosenListProps {
  /** After files are on their way or taken off, so that the focus has somewhere to go. */
  onGone: () => void;
}

/** The files that wait for a person's word, and that word. */
export default function ChosenList({ onGone }: ChosenListProps) {
  const { files, shared } = useChosen();
  const convertible = useMemo(() => files.filter(isConvertible), [files]);
  const refused = files.filter(({ reading }) => reading.phase === "refused");
  const [sought, setSought] = useState<{ id: number }>();
  const problem = useMemo(() => problemOf(convertible, shared), [convertible, shared]);
  const words = useMemo(() => describe(convertible, shared), [convertible, shared]);
  const isReading = files.some(({ reading }) => reading.phase === "reading");
  useUnfinished();
  const resumes = convertible.every(({ file }) => journal.find(file) !== undefined);
  const isReady = convertible.length > 0 && !isReading;
  const small = convertible.filter(({ file }) => file.size <= inTabMaxBytes);
  const inTabHint = useId();
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
    const [only] = convertible;
    rememberOptions(convertible.length === 1 && only ? optionsOf(only, shared) : shared);
    uploads.add(chosen.take().map((taken) => ({ file: taken.file, options: optionsOf(taken, shared) })));
    onGone();
  };

  const convertHere = () => {
    for (const chosenFile of small) {
      const options = Options.parse(optionsOf(chosenFile, shared));
      const { file } = chosenFile;
      convertInTab(file, outputName({ filename: file.name, options }), options);
    }
  };

  const remove = useCallback(
    (id: number) => {
      chosen.remove(id);
      if (chosen.getSnapshot().files.length === 0) onGone();
      else form.current?.focus({ preventScroll: true });
    },
    [onGone],
  );

  /** Leads to the first file that cannot be converted, and with each click to the next. */
  const seekRefused = () => {
    const next = refused.findIndex(({ id }) => id === sought?.id) + 1;
    const file = refused[next % refused.length];
    if (file) setSought({ id: file.id });
  };

  const removeAll = () => {
    chosen.remove(...files.map(({ id }) => id));
    onGone();
  };

  return (
    <form ref={form} tabIndex={-1} className={classes.section} aria-label="Chosen files" onSubmit={convert}>
      <ChosenRows isOneOfMany={convertible.length > 1} sought={sought} onRemove={remove} />
      {(isReading || convertible.length > 0 || files.length > 1) && (
        <Group justify="space-between" gap="sm" className={classes.foot}>
          <div className={classes.summary}>
            <Text size="sm" c={problem ? "var(--danger)" : "dimmed"} role="status">
              {problem ?? (isReading ? <Reading files={files} /> : words)}
              {!isReading && refused.length > 0 && convertible.length > 0 && (
                <>
                  {" · "}
                  <Anchor
                    component="button"
                    type="button"
                    inherit
                    underline="always"
                    c="var(--danger)"
                    onClick={seekRefused}
                  >
                    {without(refused.length)}
                  </Anchor>
                </>
              )}
            </Text>
            {isReady && convertible.length > 1 && !problem && (
              <BatchPrediction files={convertible} shared={shared} />
            )}
          </div>
          <Group gap="sm">
            {files.length > 1 && (
              <Button variant="subtle" color="gray" onClick={removeAll}>
                Remove all
              </Button>
            )}
            {canConvertInTab && convertible.length > 0 && (
              <Button
                variant="default"
                disabled={!isReady || problem !== undefined || small.length === 0}
                aria-describedby={inTabHint}
                onClick={convertHere}
              >
                Convert in this tab
              </Button>
            )}
            {(isReading || convertible.length > 0) && (
              <Button ref={button} type="submit" disabled={!isReady || problem !== undefined}>
                {resumes && convertible.length > 0
                  ? "Resume upload"
                  : convertible.length > 1
                    ? `Convert all ${formatCount(convertible.length)} files`
                    : "Convert"}
              </Button>
            )}
          </Group>
          {canConvertInTab && convertible.length > 0 && (
            <Text
              id={inTabHint}
              size="xs"
              c="dimmed"
              className={classes.hint}
              data-matters={small.length < convertible.length || undefined}
            >
              {`In this tab, files of up to ${formatBytes(inTabMaxBytes)}: nothing is uploaded, and the JSON goes to your downloads.`}
            </Text>
          )}
        </Group>
      )}
    </form>
  );
}

function problemOf(files: ChosenFile[], shared: Partial<Options>): string | undefined {
  for (const chosenFile of files) {
    const { file, own, reading } = chosenFile;
    const items =
      reading.phase === "ready" && reading.summary.columnsOmitted === 0 ? reading.summary.columns : undefined;
    const problem = problemOfOptions(optionsOf(chosenFile, shared), items);
    if (problem === undefined) continue;
    if (files.length === 1) return problem;
    const isOfAll = !own && problemOfOptions(shared) === undefined;
    return `${isolate(file.name)}: ${problem}${isOfAll ? " Choose other columns, or options for that file only." : ""}`;
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

const defaults = Options.parse({});

function describe(files: ChosenFile[], shared: Partial<Options>): string {
  if (files.length === 0) return "None of the files can be converted.";
  // Most have the options of all, so these are put into words once.
  const different = files.filter(({ own }) => own);
  const sets = different.map((file) => optionsOf(file, shared));
  if (different.length < files.length) sets.push(shared);
  const words = new Set(sets.map((options) => summarizeOptions({ ...defaults, ...options })));
  return words.size === 1 ? `To ${[...words][0]}` : "Options differ by file";
}
