import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Simulated time. Nothing waits: the next event is carried out as soon as all code that the last one woke up is waiting again.
 * `Date`, `setTimeout`, `clearTimeout` and `Math.random` of this process follow it between `begin` and `end`.
 */

/** A function, or a request in its name. What it does happens in its own clock, and no more once it is dead. */
export interface Actor {
  name: string;
  dead: boolean;
  /** Milliseconds its clock is ahead of the others. */
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

/** A small generator of numbers from 0 to 1, the same for the same seed: https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
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

/** Turns of Node's event loop in which nothing happens before everything counts as waiting. */
const quietTurns = 2;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class Simulation {
  /** Milliseconds since the epoch. */
  now: number;
  /** Counts what woken code does, to know when it waits. */
  activity = 0;
  #events: Event[] = [];
  #order = 0;

  constructor(start: number) {
    this.now = start;
  }

  /** Carries `run` out in so many milliseconds. Events of the same time keep their order. */
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

  /** Carries out all events up to a time, in order. */
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
