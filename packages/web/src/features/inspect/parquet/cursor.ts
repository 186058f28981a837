import type { Entries, Raw } from "./column-reader.ts";
import { Unreadable } from "./unreadable.ts";

/** Goes through a column's entries one after the other. */
export class Cursor {
  readonly #entries: Entries;
  readonly #highest: number;
  #entry = 0;
  #value = 0;

  constructor(entries: Entries, highest: number) {
    this.#entries = entries;
    this.#highest = highest;
  }

  /** Definition level of the next entry. */
  get definition(): number {
    const definition = this.#entries.definitions[this.#entry];
    if (definition === undefined) throw new Unreadable("Columns of one group do not have as many rows.");
    return definition;
  }

  /** Repetition level of the next entry; 0, as of a new row, behind the last one. */
  get repetition(): number {
    return this.#entries.repetitions[this.#entry] ?? 0;
  }

  /** Passes the next entry: its value, or null. */
  take(): Raw | null {
    const isValue = this.definition === this.#highest;
    this.#entry += 1;
    if (!isValue) return null;
    const value = this.#entries.values[this.#value++];
    if (value === undefined) throw new Unreadable("A page has fewer values than it says.");
    return value;
  }
}
