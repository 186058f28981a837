import { ActionIcon, Button, Group, Progress, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { formatBytes, formatCount, formatRows } from "../../../components/format.ts";
import { type Conversion, dismiss, type State, save, useConversions } from "./in-tab.ts";
import classes from "./in-tab-list.module.css";

/** What is, or was, converted in this tab. */
export function InTabList() {
  const conversions = useConversions();
  if (conversions.length === 0) return null;
  const over = conversions.filter(({ state }) => state.phase === "saved" || state.phase === "failed");
  return (
    <section className={classes.section} aria-label="Converted in this tab">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          In this tab: {formatCount(over.length)} of {formatCount(conversions.length)} converted
        </Text>
        {over.length > 1 && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            onClick={() => dismiss(...over.map(({ id }) => id))}
          >
            Clear finished
          </Button>
        )}
      </Group>
      <ul className={classes.list}>
        {conversions.map((conversion) => (
          <Row key={conversion.id} {...conversion} />
        ))}
      </ul>
    </section>
  );
}

function Row({ id, file, name, state }: Conversion) {
  const isOver = state.phase === "saved" || state.phase === "failed";
  return (
    <li className={classes.row}>
      <div className={classes.text}>
        <Text size="sm" fw={500} truncate dir="auto">
          {state.phase === "saved" ? name : file.name}
        </Text>
        <Text size="sm" c={state.phase === "failed" ? "var(--danger)" : "dimmed"}>
          <Words state={state} />
        </Text>
        {state.phase === "running" && (
          <Progress size={4} mt={4} value={100 * shareOf(state)} aria-label={`Conversion of ${file.name}`} />
        )}
      </div>
      {state.phase === "saved" && (
        <Button variant="default" size="compact-sm" onClick={() => save(name, state.output)}>
          Save again
        </Button>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={isOver ? `Remove ${file.name}` : `Cancel ${file.name}`}
        onClick={() => dismiss(id)}
      >
        <IconX size={17} stroke={1.7} />
      </ActionIcon>
    </li>
  );
}

const shareOf = ({ progress }: Extract<State, { phase: "running" }>) =>
  progress && progress.totalRows > 0 ? progress.rows / progress.totalRows : 0;

function Words({ state }: { state: State }) {
  switch (state.phase) {
    case "waiting":
      return "Queued";
    case "running":
      return state.progress ? `Converting… ${formatBytes(state.progress.bytes)}` : "Converting…";
    case "saved":
      return `Saved · ${formatRows(state.rows)} · ${formatBytes(state.output.size)}`;
    case "failed":
      return (
        <>
          <code>{state.code}</code> {state.message}
        </>
      );
  }
}
