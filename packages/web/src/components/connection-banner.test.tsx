import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ApiError, StorageError } from "../api/error.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { MissingPartError } from "./fetch-part.ts";

function Failing({ error }: { error: Error }) {
  const query = useQuery({ queryKey: ["failing"], queryFn: () => Promise.reject(error), retry: false });
  return <p>{query.error?.message}</p>;
}

async function bannerFor(error: Error): Promise<string | null> {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ConnectionBanner />
      <Failing error={error} />
    </QueryClientProvider>,
  );
  await screen.findByText(error.message, { selector: "p" });
  return screen.getByRole("status").textContent;
}

test("the banner says when the server cannot be reached", async () => {
  expect(await bannerFor(new ApiError("unreachable", "No answer", 0))).toBe(
    "Can't reach the server. Retrying…",
  );
});

test("the banner says when the server reports an error", async () => {
  expect(await bannerFor(new ApiError("internal", "It broke", 500))).toBe(
    "The server reports an error. Retrying…",
  );
});

test.each([
  ["a local file that cannot be shown", new Error("There is no column nope")],
  ["a part of the page that is missing", new MissingPartError("404")],
  ["a storage that cannot be reached", new StorageError("unreachable", "The storage does not answer.", 0)],
  ["a request that is refused for good", new ApiError("job_not_found", "No such job", 404)],
])("the banner says nothing about %s", async (_, error) => {
  expect(await bannerFor(error)).toBe("");
});
