import { NativeSelect } from "@mantine/core";
import { columnLabels, type JobsView, nextSort, type Sort, type SortKey, sortOf } from "./jobs-view.ts";

const orders = (Object.keys(columnLabels) as SortKey[]).flatMap((key) => {
  const first = nextSort({ sort: key === "created" ? "name" : "created" }, key);
  const other = nextSort({ sort: first }, key);
  const label = (sort: Sort) => `${columnLabels[key]} ${sort.startsWith("-") ? "↓" : "↑"}`;
  return [first, other].map((value) => ({ value, label: label(value) }));
});

/** How cards are sorted, which have no heads to click. */
export function SortMenu({ view, onSort }: { view: JobsView; onSort: (sort: Sort) => void }) {
  const { key, descending } = sortOf(view);
  return (
    <NativeSelect
      hiddenFrom="md"
      aria-label="Sort by"
      data={orders}
      value={descending ? `-${key}` : key}
      onChange={({ currentTarget }) => onSort(currentTarget.value as Sort)}
    />
  );
}
