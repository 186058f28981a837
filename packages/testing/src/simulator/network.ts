import { Readable } from "node:stream";
import type { HttpRequest } from "@smithy/types";
import { AwsError, type DynamoDB } from "./dynamodb.ts";
import type { Fault } from "./faults.ts";
import type { Glue } from "./glue.ts";
import type { Lambda } from "./lambda.ts";
import type { S3 } from "./s3.ts";
import { type Actor, actAs, currentActor, randomFrom, type Simulation } from "./time.ts";

/** A running function, with the faults of its calls by call number, and their durations. */
export interface Caller extends Actor {
  faults: Map<number, Fault>;
  random: () => number;
  calls: number;
  kill: () => void;
}

interface Response {
  statusCode: number;
  headers: Record<string, string>;
  body?: Uint8Array | Readable;
}

const connectionError = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
const never = new Promise<never>(() => undefined);
const bytes = (text: string) => new TextEncoder().encode(text);

const bytesOf = (body: Uint8Array | string = "") =>
  typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

/** The protocol of a request's service. */
type Protocol = "s3" | "json" | "rest";
function protocolOf({ headers, hostname }: HttpRequest): Protocol {
  if (headers["x-amz-target"]) return "json";
  return hostname.startsWith("lambda.") ? "rest" : "s3";
}

function failure(
  protocol: Protocol,
  type: string,
  status: number,
  message: string,
  more: object = {},
): Response {
  if (protocol !== "s3") {
    const body = bytes(JSON.stringify({ __type: type, message, Message: message, ...more }));
    return { statusCode: status, headers: { "content-type": "application/x-amz-json-1.1" }, body };
  }
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${type}</Code><Message>${message}</Message></Error>`;
  return { statusCode: status, headers: { "content-type": "application/xml" }, body: bytes(body) };
}

const throttling = {
  s3: { type: "SlowDown", status: 503 },
  json: { type: "ThrottlingException", status: 400 },
  rest: { type: "TooManyRequestsException", status: 429 },
};
const internal = { s3: "InternalError", json: "InternalServerError", rest: "ServiceException" };

/** An HTTP handler for the AWS SDK clients. */
export class Network {
  /** All calls, printed with a violation. */
  readonly log: string[] = [];
  readonly #simulation: Simulation;
  readonly #aws: { dynamodb: DynamoDB; s3: S3; glue: Glue; lambda: Lambda };

  constructor(simulation: Simulation, aws: { dynamodb: DynamoDB; s3: S3; glue: Glue; lambda: Lambda }) {
    this.#simulation = simulation;
    this.#aws = aws;
  }

  handle(request: HttpRequest): Promise<{ response: Response }> {
    const caller = currentActor() as Caller | undefined;
    const simulation = this.#simulation;
    simulation.activity += 1;
    if (!caller) return Promise.resolve({ response: this.#carryOut(request) });
    if (caller.dead) return never;
    const number = caller.calls++;
    const fault = caller.faults.get(number);
    const note = (what: string) =>
      this.log.push(`${((simulation.now % 86_400_000) / 1000).toFixed(3)} ${caller.name} ${what}`);
    const name = this.#nameOf(request);
    note(`${name}${fault ? ` [${fault}]` : ""}`);
    if (fault === "kill before") {
      caller.kill();
      return never;
    }
    const refused = this.#refusal(request, fault);
    const there = 1 + caller.random() * 20;
    const back = 1 + caller.random() * 20 + (fault === "slow" ? caller.random() * 30_000 : 0);
    return new Promise((resolve, reject) => {
      const answer = (respond: () => void) => simulation.after(back, () => caller.dead || respond());
      if (fault === "reset") return answer(() => reject(connectionError()));
      if (refused) return answer(() => resolve({ response: refused }));
      if (fault === "late") {
        answer(() => reject(connectionError()));
        simulation.after(caller.random() * 120_000, () => {
          note(`${name} arrives late`);
          actAs(caller, () => this.#carryOut(request));
        });
        return;
      }
      simulation.after(there, () => {
        const response = actAs(caller, () => this.#carryOut(request));
        if (fault === "kill after") caller.kill();
        else if (fault === "lose") answer(() => reject(connectionError()));
        else answer(() => resolve({ response }));
      });
    });
  }

  #nameOf({ headers, method, path, hostname }: HttpRequest): string {
    const target = headers["x-amz-target"]?.split(".")[1];
    return target ?? `${method} ${hostname.split(".")[0]}${path}`;
  }

  /** The response to a call that AWS rejects without executing it. */
  #refusal(request: HttpRequest, fault: Fault | undefined): Response | undefined {
    const [, operation = ""] = (request.headers["x-amz-target"] ?? "").split(".");
    const protocol = protocolOf(request);
    if (fault === "throttle") {
      const { type, status } = throttling[protocol];
      return failure(protocol, type, status, "Slow down");
    }
    if (fault === "fail") return failure(protocol, internal[protocol], 500, "Internal error");
    if (fault !== "conflict") return undefined;
    if (operation === "UpdateItem" || operation === "DeleteItem" || operation === "PutItem") {
      return failure("json", "TransactionConflictException", 400, "Transaction is ongoing for the item");
    }
    if (operation !== "TransactWriteItems") return undefined;
    const CancellationReasons = [{ Code: "TransactionConflict", Message: "Conflict" }, { Code: "None" }];
    return failure("json", "TransactionCanceledException", 400, "Cancelled", { CancellationReasons });
  }

  #carryOut(request: HttpRequest): Response {
    const { headers, method, hostname, path, query, body } = request;
    const protocol = protocolOf(request);
    const content = bytesOf(body);
    if (protocol === "rest") {
      this.#aws.lambda.invoke(JSON.parse(content.toString()));
      return { statusCode: 202, headers: {}, body: bytes("") };
    }
    if (protocol === "s3") {
      const bucket = hostname.split(".")[0] ?? "";
      const given = Object.fromEntries(
        Object.entries(query ?? {}).map(([name, value]) => [name, value?.toString()]),
      );
      const { status, ...answer } = this.#aws.s3.handle(
        method,
        bucket,
        decodeURIComponent(path.slice(1)),
        given,
        headers,
        content.toString("latin1"),
      );
      const isObject = method === "GET" && given["list-type"] === undefined && status < 300;
      const sent = Buffer.from(answer.body, "latin1");
      return {
        statusCode: status,
        headers: answer.headers,
        // The SDK expects an object's body as a stream.
        body: isObject ? Readable.from([sent]) : sent,
      };
    }
    const [service = "", operation = ""] = (headers["x-amz-target"] ?? "").split(".");
    try {
      const input = JSON.parse(content.toString()) as never;
      const { dynamodb, glue } = this.#aws;
      const output = service.startsWith("DynamoDB")
        ? dynamodb.handle(operation, input)
        : glue.handle(operation, input);
      const body = bytes(JSON.stringify(output));
      return { statusCode: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return failure("json", error.type, error.status, error.message, error.more);
    }
  }
}

export function callerFrom(
  name: string,
  { seed, faults, skew }: { seed: number; faults: readonly (readonly [number, Fault])[]; skew: number },
  onDeath: () => void,
): Caller {
  const caller: Caller = {
    name,
    dead: false,
    skew,
    faults: new Map(faults),
    random: randomFrom(seed),
    calls: 0,
    kill: () => {
      if (caller.dead) return;
      caller.dead = true;
      onDeath();
    },
  };
  return caller;
}
