/** Milliseconds over which what was measured fades to a third. */
const memory = 8000;

/**
 * Bytes a second of the last seconds, each counting for less the longer it is past. Bytes come in bursts, so speeds between
 * two looks would jump, and a time left with them.
 */
export class Speed {
  #bytes = 0;
  #milliseconds = 0;
  #total = 0;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** `total`: all bytes since the measuring began. Answers bytes a second. */
  measure(total: number, now: number): number {
    const elapsed = Math.max(1, now - this.#at);
    const fade = Math.exp(-elapsed / memory);
    const weight = memory * (1 - fade);
    this.#bytes = this.#bytes * fade + ((total - this.#total) / elapsed) * weight;
    this.#milliseconds = this.#milliseconds * fade + weight;
    this.#total = total;
    this.#at = now;
    // The first look tells nothing yet.
    return this.#milliseconds < 500 ? 0 : (this.#bytes / this.#milliseconds) * 1000;
  }
}
