import { QueryClient } from "@tanstack/react-query";
import { HttpError } from "./error.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The API may be on this machine: being offline says nothing about whether it answers.
      networkMode: "always",
      // What polls comes again by itself; only the wait for a first answer is worth shortening.
      retry: (failures, error) => failures < 2 && error instanceof HttpError && error.isPassing,
      retryDelay: 500,
      staleTime: 1000,
    },
    mutations: { networkMode: "always" },
  },
});
