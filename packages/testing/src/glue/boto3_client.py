"""Uses Glue with boto3, from creating a job to stopping a run, and prints the results as JSON."""

import json
import sys
import time

import boto3

endpoint, quick, slow = sys.argv[1:]
glue = boto3.client("glue", endpoint_url=endpoint)


def wait(name: str, run_id: str, *states: str) -> dict:
    while True:
        run = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        if run["JobRunState"] in states:
            return run
        time.sleep(0.02)


def error(call, **arguments) -> list[str]:
    try:
        call(**arguments)
    except glue.exceptions.ClientError as failure:
        return [
            type(failure).__name__,
            failure.response["Error"]["Code"],
            failure.response["Error"]["Message"],
        ]
    return []


def command(script: str) -> dict:
    return {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": script}


seen = {"created": glue.create_job(Name="boto", Role="role", Command=command(quick))["Name"]}
seen["again"] = error(glue.create_job, Name="boto", Role="role", Command=command(quick))
seen["missing"] = error(glue.get_job, JobName="none")
seen["invalid"] = error(glue.start_job_run, JobName="boto", Arguments={"key": "no dashes"})

first = glue.start_job_run(JobName="boto", Arguments={"--name": "Ada"})["JobRunId"]
ended = wait("boto", first, "SUCCEEDED", "FAILED")
seen["ended"] = [ended["JobRunState"], ended["Arguments"], ended["CompletedOn"] >= ended["StartedOn"]]

update = {"Role": "role", "Command": command(slow)}
seen["updated"] = glue.update_job(JobName="boto", JobUpdate=update)["JobName"]
seen["script"] = glue.get_job(JobName="boto")["Job"]["Command"]["ScriptLocation"] == slow

second = glue.start_job_run(JobName="boto")["JobRunId"]
seen["concurrent"] = error(glue.start_job_run, JobName="boto")
stopped = glue.batch_stop_job_run(JobName="boto", JobRunIds=[second, "jr_none"])
seen["submitted"] = [entry["JobRunId"] == second for entry in stopped["SuccessfulSubmissions"]]
seen["refused"] = [entry["ErrorDetail"]["ErrorCode"] for entry in stopped["Errors"]]
seen["stopped"] = wait("boto", second, "STOPPED")["JobRunState"]

pages = glue.get_paginator("get_job_runs").paginate(JobName="boto", PaginationConfig={"PageSize": 1})
seen["runs"] = [run["Id"] for page in pages for run in page["JobRuns"]] == [second, first]
print(json.dumps(seen))
