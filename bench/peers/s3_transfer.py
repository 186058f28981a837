"""`fetch URI FILE` or `upload FILE URI`, by the SDK's own transfer manager."""

import sys

import boto3

what, source, target = sys.argv[1:]
bucket, key = (source if what == "fetch" else target).removeprefix("s3://").split("/", 1)
client = boto3.client("s3")
if what == "fetch":
    client.download_file(bucket, key, target)
else:
    client.upload_file(source, bucket, key)
