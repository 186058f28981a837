import { act, renderHook } from "@testing-library/react";
import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test, vi } from "vitest";
import { useSelection } from "./use-selection.ts";

const updatedAt = "2026-07-03T12:00:00.000Z";
const job = (id: string) => ({ jobId: `job_${id}`, updatedAt }) as JobSummary;
const jobs = ["a", "b", "c", "d", "e"].map(job);
const view = {};

function start(address?: string) {
  const addresses: (string | undefined)[] = [];
  const hook = renderHook(
    (props) =>
      useSelection({
        isLoaded: true,
        view,
        onAddress: async (next) => {
          addresses.push(next);
          hook.rerender({ ...props, address: next });
        },
        ...props,
      }),
    { initialProps: { jobs, address } },
  );
  return { ...hook, addresses };
}
const ids = ({ result }: Pick<ReturnType<typeof start>, "result">) =>
  result.current.jobs.map(({ jobId }) => jobId.slice("job_".length)).join("");

test("one by one, and a range from the last one on, either way", () => {
  const hook = start();
  act(() => hook.result.current.toggle("job_d"));
  act(() => hook.result.current.toggle("job_b", true));
  expect(ids(hook)).toBe("bcd");
  act(() => hook.result.current.toggle("job_c"));
  expect(ids(hook)).toBe("bd");
  act(() => hook.result.current.toggle("job_e", true));
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
  hook.rerender({ jobs: jobs.slice(2, 3), address: undefined });
  expect(ids(hook)).toBe("c");
  hook.rerender({ jobs, address: undefined });
  expect(ids(hook)).toBe("abcde");
});

test("several changes are one of the address, which then changes nothing here", async () => {
  const hook = start();
  act(() => hook.result.current.toggle("job_d"));
  act(() => hook.result.current.toggle("job_b"));
  await vi.waitFor(() => expect(hook.addresses).toEqual(["d.b"]));
  expect(ids(hook)).toBe("bd");
  act(() => hook.result.current.clear());
  await vi.waitFor(() => expect(hook.addresses).toEqual(["d.b", undefined]));
});

test("an address is a selection, and so is the one that one goes back to", () => {
  const hook = start("c.zzz");
  expect(ids(hook)).toBe("c");
  hook.rerender({ jobs, address: "a.b" });
  expect(ids(hook)).toBe("ab");
  hook.rerender({ jobs, address: undefined });
  expect(ids(hook)).toBe("");
});

test("what no address holds is still selected when one comes back to the list", async () => {
  const many = Array.from({ length: 200 }, (_, nth) => job(`x${nth}`));
  const hook = start();
  hook.rerender({ jobs: many, address: undefined });
  act(() => hook.result.current.toggle("job_x0"));
  act(() => hook.result.current.toggle("job_x99", true));
  await vi.waitFor(() => expect(hook.addresses).toEqual(["many-100"]));
  hook.unmount();
  const back = start("many-100");
  back.rerender({ jobs: many, address: "many-100" });
  expect(back.result.current.jobs).toHaveLength(100);
});
