import "./mantine.css";
import { Button, Group, Text } from "@mantine/core";
import { Options } from "@unparquet/core/job/options";
import { type FormEvent, useEffect, useRef } from "react";
import { formatCount } from "../../format.ts";
import { summarizeOptions } from "../options/describe-options.ts";
import { uploads } from "../upload/uploads.ts";
import { chosen, useChosen } from "./chosen.ts";
import { type ChosenFile, isConvertible, optionsOf } from "./chosen-files.ts";
import classes from "./chosen-list.module.css";
import { ChosenRow } from "./chosen-row.tsx";

interface ChosenListProps {
  /** After files are on their way, so that the focus has somewhere to go. */
  onConverted: () => void;
}

/** The files that wait for a person's word, and that word. */
export default function ChosenList({ onConverted }: ChosenListProps) {
  const { files, shared, shown } = useChosen();
  const convertible = files.filter(isConvertible);
  const problem = convertible.map((file) => problemOf(file, optionsOf(file, shared))).find(Boolean);
  const isReading = files.some(({ reading }) => reading.phase === "reading");
  const isReady = convertible.length > 0 && !isReading;
  const button = useRef<HTMLButtonElement>(null);

  // Whoever has nothing to change presses Enter.
  useEffect(() => {
    if (isReady) button.current?.focus({ preventScroll: true });
  }, [isReady]);

  const convert = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || problem) return;
    for (const file of chosen.take()) uploads.add([file.file], optionsOf(file, shared));
    onConverted();
  };

  return (
    <form className={classes.section} aria-label="Chosen files" onSubmit={convert}>
      <ul className={classes.list}>
        {files.map((file) => (
          <ChosenRow
            key={file.id}
            chosenFile={file}
            shared={shared}
            isShown={file.id === shown}
            isOneOfMany={convertible.length > 1}
          />
        ))}
      </ul>
      {(isReading || convertible.length > 0) && (
        <Group justify="space-between" gap="sm" className={classes.foot}>
          <Text size="sm" c={problem ? "var(--danger)" : "dimmed"} role="status" className={classes.summary}>
            {problem ?? describe(convertible, shared)}
          </Text>
          <Button ref={button} type="submit" disabled={!isReady || problem !== undefined}>
            {convertible.length > 1 ? `Convert all ${formatCount(convertible.length)} files` : "Convert"}
          </Button>
        </Group>
      )}
    </form>
  );
}

function problemOf({ file, columns }: ChosenFile, options: Partial<Options>): string | undefined {
  if (columns?.length === 0) return `Choose at least one column of ${file.name}.`;
  if (!Options.safeParse(options).success) return `Too many columns of ${file.name} are chosen by name.`;
  return undefined;
}

function describe(files: ChosenFile[], shared: Partial<Options>): string {
  const [first, ...more] = files;
  if (!first) return "Reading the file…";
  const summaries = new Set(
    [first, ...more].map((file) => summarizeOptions(Options.parse(optionsOf(file, shared)))),
  );
  return summaries.size === 1 ? `To ${[...summaries][0]}` : "Each with options of its own";
}
