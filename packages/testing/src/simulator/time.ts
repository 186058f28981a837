import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Discrete-event simulation: runs the next event as soon as all code resumed by the last one is waiting again. Replaces `Date`,
 * `setTimeout`, `clearTimeout` and `Math.random` of this process between `begin` and `end`.
 */

/** A function invocation, or a request on its behalf. Has its own clock, and does nothing after it was killed. */
export interface Actor {
  name: string;
  dead: boolean;
  /** Milliseconds by which its clock is ahead. */
  skew: number;
}

const actors = new AsyncLocalStorage<Actor>();
export const currentActor = (): Actor | undefined => actors.getStore();
export const actAs = <T>(actor: Actor, work: () => T): T => actors.run(actor, work);

interface Event {
  time: number;
  order: number;
  run: () => void;
}

/** A seeded random number generator (0 to 1): https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  random: Math.random,
};

/** Idle turns of Node's event loop after which all code counts as waiting. */
const quietTurns = 2;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class Simulation {
  /** Milliseconds since the epoch. */
  now: number;
  /** Activity counter, to detect when all code is waiting. */
  activity = 0;
  #events: Event[] = [];
  #order = 0;

  constructor(start: number) {
    this.now = start;
  }

  /** Schedules `run` after a delay in milliseconds. Simultaneous events keep their order. */
  after(milliseconds: number, run: () => void): void {
    this.activity += 1;
    const event = { time: this.now + Math.max(0, milliseconds), order: this.#order++, run };
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#events[middle];
      if (other && other.time <= event.time) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Runs all events up to a time, in order. */
  async runUntil(time: number): Promise<void> {
    await this.#settle();
    for (;;) {
      const next = this.#events[0];
      if (!next || next.time > time) break;
      this.#events.shift();
      this.now = Math.max(this.now, next.time);
      next.run();
      await this.#settle();
    }
    this.now = Math.max(this.now, time);
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; ) {
      const before = this.activity;
      await turn();
      quiet = this.activity === before ? quiet + 1 : 0;
    }
  }

  begin(seed: number): void {
    const now = () => this.now + (currentActor()?.skew ?? 0);
    globalThis.Date = class extends real.Date {
      constructor(...given: ConstructorParameters<typeof real.Date> | []) {
        if (given.length === 0) super(now());
        else super(...given);
      }
      static override now = now;
    } as DateConstructor;
    const timers = new Map<number, boolean>();
    globalThis.setTimeout = ((callback: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) => {
      const id = this.#order;
      const actor = currentActor();
      timers.set(id, true);
      this.after(delay, () => {
        if (!timers.delete(id) || actor?.dead) return;
        if (actor) actAs(actor, () => callback(...args));
        else callback(...args);
      });
      return Object.assign(Object(id), { unref: () => undefined, ref: () => undefined });
    }) as typeof setTimeout;
    globalThis.clearTimeout = ((timer: unknown) => {
      timers.delete(Number(timer));
    }) as typeof clearTimeout;
    Math.random = randomFrom(seed);
  }

  end(): void {
    globalThis.Date = real.Date;
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    Math.random = real.random;
    this.#events = [];
  }
}
