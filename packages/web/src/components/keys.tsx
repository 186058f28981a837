import { Kbd, Stack, Switch, Table } from "@mantine/core";
import { useSingleKeys } from "./single-keys.ts";

const keys = [
  ["Anywhere", "?", "Show these shortcuts"],
  ["Jobs", "/", "Filter by name"],
  ["Jobs", "↑ ↓", "Move; with Shift, select a range"],
  ["Jobs", "Enter", "Open"],
  ["Jobs", "Space", "Select"],
  ["Jobs", "Ctrl A", "Select all"],
  ["Jobs", "Esc", "Select none"],
  ["Columns of a file", "↑ ↓ ← →", "Move, fold and unfold"],
  ["Columns of a file", "Space", "Tick"],
  ["Rows", "↑ ↓ ← →", "Move"],
  ["Rows", "C", "Copy the value"],
  ["Rows", "P", "Pin or unpin the column"],
  ["Rows", "Shift ← →", "Resize the column"],
  ["Rows of a result", "Enter", "Open the row, or split a column"],
];

/** The keyboard shortcuts, and a switch for those of a single character, which speech input can trigger by accident. */
export function Keys() {
  const [isOn, setOn] = useSingleKeys();
  return (
    <Stack>
      <Table
        verticalSpacing={6}
        data={{
          head: ["Where", "Key", "What it does"],
          body: keys.map(([where, key, does]) => [
            where,
            <Kbd key="key" style={{ whiteSpace: "nowrap" }}>
              {key}
            </Kbd>,
            does,
          ]),
        }}
      />
      <Switch
        label="Single-key shortcuts (? and /)"
        checked={isOn}
        onChange={({ currentTarget }) => setOn(currentTarget.checked)}
      />
    </Stack>
  );
}
