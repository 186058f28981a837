import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../../api/error.ts";
import { PutError } from "./put-blob.ts";
import { tryNow, withRetries } from "./retry.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

let abort: AbortController;
let troubles: number;
const failing = (error: Error) => {
  abort = new AbortController();
  troubles = 0;
  const action = vi.fn(() => Promise.reject(error));
  const { signal } = abort;
  const ended = withRetries({ signal, onTrouble: () => (troubles += 1) }, action).catch((cause) => cause);
  return { action, ended };
};

test("a network that is away is waited for without end", async () => {
  const { action, ended } = failing(new PutError(0));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(action.mock.calls.length).toBeGreaterThan(200);
  expect(troubles).toBe(action.mock.calls.length);
  abort.abort(new Error("paused"));
  await expect(ended).resolves.toMatchObject({ message: "paused" });
});

test("when the browser is online again, it is tried at once", async () => {
  const { action } = failing(new ApiError("unreachable", "Can't reach the server.", 0));
  await vi.advanceTimersByTimeAsync(120_000);
  const before = action.mock.calls.length;
  window.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  expect(action.mock.calls.length).toBe(before + 1);
  abort.abort();
});

test("when somebody does not want to wait, it is tried at once", async () => {
  const { action } = failing(new PutError(0));
  await vi.advanceTimersByTimeAsync(120_000);
  const before = action.mock.calls.length;
  tryNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(action.mock.calls.length).toBe(before + 1);
  abort.abort();
});

test("a service that answers with faults is given up after half a minute", async () => {
  const { action, ended } = failing(new PutError(503));
  await vi.advanceTimersByTimeAsync(60_000);
  await expect(ended).resolves.toMatchObject({ status: 503 });
  expect(action).toHaveBeenCalledTimes(6);
});

test("what cannot get better is not tried again", async () => {
  const { action, ended } = failing(new PutError(400));
  await expect(ended).resolves.toMatchObject({ status: 400 });
  expect(action).toHaveBeenCalledTimes(1);
});
