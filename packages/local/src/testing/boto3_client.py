"""Uses what the environment names with boto3, and prints what it saw as JSON."""

import json
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

bucket, table, job = "unparquet-local-output", "unparquet-local-jobs", "unparquet-local-converter"
# For presigned URLs, boto3's default is Signature Version 2 here, which AWS accepts in its oldest regions only.
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))


def status(url: str, method: str) -> int:
    request = urllib.request.Request(url, method=method, data=b"by URL" if method == "PUT" else None)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


key = {"Bucket": bucket, "Key": "boto3/a b.txt"}
seen = {
    "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
    "results": s3.list_objects_v2(Bucket=bucket, Prefix="jobs/")["KeyCount"] > 0,
    "items": boto3.client("dynamodb").scan(TableName=table)["Count"] > 0,
    "runs": {run["JobRunState"] for run in boto3.client("glue").get_job_runs(JobName=job)["JobRuns"]}
    == {"SUCCEEDED"},
    "caller": boto3.client("sts").get_caller_identity()["Arn"],
    "put": status(s3.generate_presigned_url("put_object", key), "PUT"),
    "get": status(s3.generate_presigned_url("get_object", key), "GET"),
    "other method": status(s3.generate_presigned_url("get_object", key), "DELETE"),
    "body": s3.get_object(**key)["Body"].read().decode(),
}
s3.delete_object(**key)
print(json.dumps(seen))
