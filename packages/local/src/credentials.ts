/**
 * What a client of the embedded AWS has in its environment. ministack takes presigned URLs of this key pair only, its own
 * default.
 */
export function awsEnvironment(endpoints: { aws: string; glue?: string }): Record<string, string> {
  return {
    AWS_REGION: "us-east-1",
    // The name boto3 and the AWS CLI know it by.
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL: endpoints.aws,
    ...(endpoints.glue === undefined ? {} : { AWS_ENDPOINT_URL_GLUE: endpoints.glue }),
  };
}
