import { afterEach, expect, test, vi } from "vitest";

const client = async () => {
  vi.resetModules();
  return import("./client.ts");
};
afterEach(() => vi.unstubAllEnvs());

test("a dashboard that the API serves calls its own origin, which needs no CORS", async () => {
  vi.stubEnv("VITE_API_URL", undefined);
  const { api, downloadUrl } = await client();
  expect(api.jobs.$url().origin).toBe(window.location.origin);
  expect(downloadUrl("job_1")).toBe(`${window.location.origin}/download/job_1`);
});

test("one that Vite serves calls the API it is told", async () => {
  vi.stubEnv("VITE_API_URL", "https://api.example.com/");
  const { api, downloadUrl } = await client();
  expect(api.jobs.$url().href).toBe("https://api.example.com/jobs");
  expect(downloadUrl("job_1")).toBe("https://api.example.com/download/job_1");
});
