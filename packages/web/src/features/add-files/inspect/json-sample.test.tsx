import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { EngineError } from "@unparquet/core/conversion/engine";
import { expect, test, vi } from "vitest";
import { inspector } from "./inspector.ts";
import { JsonSample } from "./json-sample.tsx";

vi.mock("./inspector.ts", () => ({ inspector: { sample: vi.fn(), lane: vi.fn() } }));

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <JsonSample file={1} options={{}} rows={1} bytes={1e8} />
      </MantineProvider>
    </QueryClientProvider>,
  );

test("the lane, its reason, the size, the time and the cost are shown with the sample", async () => {
  vi.mocked(inspector.sample).mockResolvedValue(['{"a":1}']);
  vi.mocked(inspector.lane).mockResolvedValue({
    lane: "lambda",
    laneReason: "It is small.",
    predictedBytes: 1e9,
  });
  show();
  expect((await screen.findByText(/^Will run on/)).textContent).toBe(
    "Will run on Lambda: It is small. Takes about 16s and costs under $0.01.",
  );
  expect(screen.getByRole("region").textContent).toBe('{"a":1}\n');
});

test("an error that only the whole footer shows replaces the sample", async () => {
  vi.mocked(inspector.sample).mockResolvedValue(['{"a":1}']);
  vi.mocked(inspector.lane).mockRejectedValue(new EngineError("unsupported_feature", "codec LZO"));
  show();
  expect((await screen.findByRole("status")).textContent).toBe("The conversion would fail: codec LZO.");
  expect(screen.queryByRole("region")).toBeNull();
});
