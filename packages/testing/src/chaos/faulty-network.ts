import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request to AWS. */
export interface AwsCall {
  /** `UpdateItem`; for S3 `PUT /bucket/key?query`. */
  operation: string;
  body: string;
}

/**
 * What happens to a call. `pass`: it succeeds. `lose`: it is executed, but the response is lost. `reset`: the connection is
 * closed before it is executed. `truncate`: it is executed, but the response body is cut off. A number: it fails with that
 * status and is not executed.
 */
export type Fate = "pass" | "lose" | "reset" | "truncate" | number;

export interface FaultyNetwork {
  url: string;
  /** Decides what happens to each call. */
  rule: (call: AwsCall) => Fate;
  stop: () => Promise<void>;
}

/** S3 sends errors as XML, DynamoDB and Glue as JSON with a type. */
function errorBody(operation: string, status: number): string {
  if (operation.includes(" ")) {
    const code = status === 503 ? "SlowDown" : "InternalError";
    return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>Injected.</Message></Error>`;
  }
  const type = status === 400 ? "ThrottlingException" : "InternalServerError";
  return JSON.stringify({ __type: type, message: "Injected." });
}

/** A proxy on 127.0.0.1 in front of an AWS endpoint. By default every call passes. */
export async function startFaultyNetwork(upstream: string, port = 0): Promise<FaultyNetwork> {
  const { hostname, port: upstreamPort } = new URL(upstream);
  const agent = new http.Agent({ keepAlive: true });

  async function handle(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = incoming;
    const target = headers["x-amz-target"]?.toString().split(".")[1];
    const operation = target ?? `${method} ${path}`;
    const body = await buffer(incoming);
    const fate = network.rule({ operation, body: target ? body.toString() : "" });
    if (fate === "reset") return void incoming.socket.destroy();
    if (typeof fate === "number") {
      response.writeHead(fate).end(errorBody(operation, fate));
      return;
    }
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .request({ hostname, port: upstreamPort, method, path, headers, agent }, resolve)
        .on("error", reject)
        .end(body);
    });
    const content = await buffer(answer);
    if (fate === "lose") return void incoming.socket.destroy();
    const { "transfer-encoding": _, ...answerHeaders } = answer.headers;
    const length = answer.headers["content-length"] ?? content.length;
    response.writeHead(answer.statusCode ?? 502, { ...answerHeaders, "content-length": length });
    if (fate === "truncate" && content.length > 1) {
      response.write(content.subarray(0, content.length / 2), () => incoming.socket.destroy());
      return;
    }
    response.end(content);
  }

  const server = http.createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const network: FaultyNetwork = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rule: () => "pass",
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
  return network;
}

const endpointVariables = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB"];

/**
 * Puts proxies in front of the S3 and DynamoDB endpoints in this process's environment. Call it before the product creates its
 * clients.
 */
export async function interposeFaultyNetwork(): Promise<Omit<FaultyNetwork, "url">> {
  const interposed: { name: string; direct: string; network: FaultyNetwork }[] = [];
  for (const name of endpointVariables) {
    const direct = process.env[name];
    if (!direct) continue;
    const network = await startFaultyNetwork(direct);
    network.rule = (call) => whole.rule(call);
    process.env[name] = network.url;
    interposed.push({ name, direct, network });
  }
  const whole: Omit<FaultyNetwork, "url"> = {
    rule: () => "pass",
    stop: async () => {
      for (const { name, direct } of interposed) process.env[name] = direct;
      await Promise.all(interposed.map(({ network }) => network.stop()));
    },
  };
  return whole;
}
