import { NativeSelect } from "@mantine/core";
import { headOf, type JobsTable } from "./jobs-columns.tsx";
import { sortOf } from "./jobs-view.ts";

/** How cards are sorted, which have no heads to click. */
export function SortMenu({ table }: { table: JobsTable }) {
  const orders = table.getAllLeafColumns().flatMap((column) => {
    const first = column.getFirstSortDir() === "desc";
    return [first, !first].map((desc) => ({
      value: sortOf({ id: column.id, desc }),
      label: `${headOf(column)} ${desc ? "↓" : "↑"}`,
    }));
  });
  const [sorted] = table.state.sorting;
  return (
    <NativeSelect
      hiddenFrom="md"
      aria-label="Sort by"
      data={orders}
      value={sorted && sortOf(sorted)}
      onChange={({ currentTarget: { value } }) =>
        table.setSorting([{ id: value.replace(/^-/, ""), desc: value.startsWith("-") }])
      }
    />
  );
}
