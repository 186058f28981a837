import { type JobsView, parseJobsView } from "./jobs-view.ts";
import { parseSelected, type SelectionAddress } from "./selection-address.ts";

/** What the address of the list says. */
export interface JobsSearch extends JobsView {
  selected?: SelectionAddress;
}

export function parseJobsSearch(search: Record<string, unknown>): JobsSearch {
  const selected = parseSelected(search.selected);
  return { ...parseJobsView(search), ...(selected && { selected }) };
}

let left: JobsSearch = {};

/** What leads back to the list leads to what of it this tab last looked at. */
export const lastSearch = (): JobsSearch => left;
export const rememberSearch = (search: JobsSearch): void => {
  left = search;
};
