import { act, renderHook } from "@testing-library/react";
import type { Job } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { useSelection } from "./use-selection.ts";

const jobs = ["a", "b", "c", "d", "e"].map((jobId) => ({ jobId }) as Job);
const start = () => renderHook(({ shown }) => useSelection(shown), { initialProps: { shown: jobs } });
const ids = ({ result }: ReturnType<typeof start>) => result.current.jobs.map(({ jobId }) => jobId).join("");

test("one by one, and a range from the last one on, either way", () => {
  const hook = start();
  act(() => hook.result.current.toggle("d"));
  act(() => hook.result.current.toggle("b", true));
  expect(ids(hook)).toBe("bcd");
  act(() => hook.result.current.toggle("c"));
  expect(ids(hook)).toBe("bd");
  act(() => hook.result.current.toggle("e", true));
  expect(ids(hook)).toBe("bcde");
});

test("all that is shown, and none again", () => {
  const hook = start();
  act(() => hook.result.current.toggleAll());
  expect(ids(hook)).toBe("abcde");
  act(() => hook.result.current.toggleAll());
  expect(ids(hook)).toBe("");
});

test("what a filter hides does not count, and is there again without it", () => {
  const hook = start();
  act(() => hook.result.current.toggleAll());
  hook.rerender({ shown: jobs.slice(2, 3) });
  expect(ids(hook)).toBe("c");
  hook.rerender({ shown: jobs });
  expect(ids(hook)).toBe("abcde");
});
