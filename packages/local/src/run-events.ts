import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

/** Milliseconds before the next try, for example while AWS restarts. */
const RETRY_AFTER = 250;

/**
 * Passes the events in a queue to a handler until `signal` aborts, as AWS passes them to a Lambda function. An event whose
 * handling fails is delivered again.
 */
export async function receiveRunEvents(
  QueueName: string,
  handle: (event: unknown) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // Queue URLs name another host.
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  async function pass(QueueUrl: string, { Body = "", ReceiptHandle }: Message): Promise<void> {
    try {
      await handle(JSON.parse(Body));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    } catch (error) {
      console.error("run-ended:", error);
    }
  }
  // Short, because a message sent to a poll of a process that has ended comes again only seconds later.
  const query = { MaxNumberOfMessages: 10, WaitTimeSeconds: 2 };
  let isFailing = false;
  while (!signal.aborted) {
    try {
      const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName }), {
        abortSignal: signal,
      });
      while (!signal.aborted) {
        const receive = new ReceiveMessageCommand({ QueueUrl, ...query });
        const { Messages = [] } = await sqs.send(receive, { abortSignal: signal });
        isFailing = false;
        await Promise.all(Messages.map((message) => pass(QueueUrl, message)));
      }
    } catch (error) {
      if (signal.aborted) break;
      if (!isFailing) console.error("Events about runs cannot be received, retrying:", error);
      isFailing = true;
      await sleep(RETRY_AFTER, undefined, { signal }).catch(() => undefined);
    }
  }
  sqs.destroy();
}
