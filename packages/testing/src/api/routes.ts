import { routes } from "@unparquet/functions/app";

/** The path template (`/jobs/:jobId`) of the API's route for a request. */
export function routeOf(method: string, path: string): string | undefined {
  return routes.routes.find(
    (route) =>
      route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, "[^/]+")}$`).test(path),
  )?.path;
}
