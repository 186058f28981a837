import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface LambdaGate {
  url: string;
  /** Called with each event before Lambda gets it. If it returns false, Lambda is too busy. */
  before: ((event: { "--job-id": string }) => Promise<boolean>) | undefined;
  stop: () => void;
}

/** Starts a proxy in front of Lambda's endpoint, so that a test can act while a run is being started. */
export async function startLambdaGate(): Promise<LambdaGate> {
  const upstream = new URL(process.env.AWS_ENDPOINT_URL ?? "");
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request);
      if (gate.before && !(await gate.before(JSON.parse(body.toString())))) {
        response.writeHead(429, { "x-amzn-errortype": "TooManyRequestsException" }).end("{}");
        return;
      }
      const { method = "", url = "", headers } = request;
      const { hostname, port } = upstream;
      const forwarded = send({ hostname, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      forwarded.on("error", () => response.destroy());
      forwarded.end(body);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gate: LambdaGate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    before: undefined,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return gate;
}
