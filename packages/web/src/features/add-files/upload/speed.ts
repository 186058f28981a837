/** Milliseconds over which what was measured fades to a third. */
const memory = 8000;

/** Bytes a second of the last seconds, older ones counting less: bytes come in bursts, and the time left would jump with them. */
export class Speed {
  #bytes = 0;
  #milliseconds = 0;
  #total = 0;
  #at = performance.now();

  /** `total`: all bytes since the measuring began. Answers bytes a second, 0 while it is too early to tell. */
  measure(total: number): number {
    const now = performance.now();
    const elapsed = now - this.#at;
    const fade = Math.exp(-elapsed / memory);
    this.#bytes = this.#bytes * fade + total - this.#total;
    this.#milliseconds = this.#milliseconds * fade + elapsed;
    this.#total = total;
    this.#at = now;
    return this.#milliseconds < 500 ? 0 : (this.#bytes / this.#milliseconds) * 1000;
  }
}
