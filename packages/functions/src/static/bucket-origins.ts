/** Origins of buckets, as the SDK addresses them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
export function bucketOrigins(buckets: string[], env: NodeJS.ProcessEnv): string[] {
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  if (endpoint) return [new URL(endpoint).origin];
  return buckets.map((bucket) => `https://${bucket}.s3.${env.AWS_REGION}.amazonaws.com`);
}
