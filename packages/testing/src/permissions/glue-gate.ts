import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { signedHeaders } from "../aws/signed.ts";

export interface GlueGate {
  url: string;
  stop: () => void;
}

/**
 * Starts a proxy in front of the Glue endpoint, which does not check permissions: the embedded IAM decides whether the role that
 * signed a request may make it.
 * @param roleOf returns the role name of an access key
 */
export async function startGlueGate(roleOf: (accessKeyId: string) => string): Promise<GlueGate> {
  const iam = new IAMClient({});
  const server = createServer(async (request, response) => {
    try {
      const target = String(request.headers["x-amz-target"]);
      const body = await text(request);
      const role = roleOf(/Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "");
      const { EvaluationResults = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::000000000000:role/${role}`,
          ActionNames: [`glue:${target.split(".")[1]}`],
          ResourceArns: [`arn:aws:glue:us-east-1:000000000000:job/${JSON.parse(body).JobName}`],
        }),
      );
      const type = "application/x-amz-json-1.1";
      if (EvaluationResults[0]?.EvalDecision !== "allowed") {
        response.writeHead(400, { "content-type": type });
        response.end(JSON.stringify({ __type: "AccessDeniedException", Message: "Not allowed" }));
        return;
      }
      const upstream = process.env.AWS_ENDPOINT_URL_GLUE ?? "";
      const { host: _, ...signed } = await signedHeaders(upstream, { service: "glue", target, body });
      const answer = await fetch(upstream, {
        method: "POST",
        headers: { ...signed, "content-type": type },
        body,
      });
      response.writeHead(answer.status, { "content-type": type });
      response.end(await answer.text());
    } catch {
      // The connection to Glue was closed.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
