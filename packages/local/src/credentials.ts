/** What a client of the embedded AWS has in its environment. Signatures are not checked; any key pair will do. */
export function awsEnvironment(endpoints: { aws: string; glue?: string }): Record<string, string> {
  return {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: endpoints.aws,
    ...(endpoints.glue === undefined ? {} : { AWS_ENDPOINT_URL_GLUE: endpoints.glue }),
  };
}
