import { type JobsView, parseJobsView } from "./jobs-view.ts";
import { parseSelected, type SelectionAddress } from "./selection-address.ts";

/** The list's search parameters. */
export interface JobsSearch extends JobsView {
  selected?: SelectionAddress;
}

export function parseJobsSearch(search: Record<string, unknown>): JobsSearch {
  const selected = parseSelected(search.selected);
  return { ...parseJobsView(search), ...(selected && { selected }) };
}

let left: JobsSearch = {};

/** Links back to the list restore this tab's last view. */
export const lastSearch = (): JobsSearch => left;
export const rememberSearch = (search: JobsSearch): void => {
  left = search;
};
