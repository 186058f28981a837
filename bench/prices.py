"""Published prices of us-east-1 in dollars, without free tiers, and a job's use of each service."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

# What the dashboard estimates with, too: packages/core/src/lanes/cost.ts.
MODEL = json.loads((Path(__file__).parent.parent / "packages/core/src/lanes/cost-model.json").read_text())

GB = 1e9
MiB = 2**20

# https://aws.amazon.com/glue/pricing/: a DPU-hour of a job, billed by the second with a minimum of one minute; for Spark also Flex.
DPU_HOUR, FLEX_DPU_HOUR = MODEL["dpuHour"], 0.29
BILLED_AT_LEAST = MODEL["dpuSecondsMin"]
# https://aws.amazon.com/s3/pricing/
S3_PUT, S3_GET = 0.005 / 1000, 0.0004 / 1000
S3_GB_MONTH = 0.023
INTERNET_GB = 0.09
# https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/api-gateway/pricing/ (HTTP API)
LAMBDA_GB_SECOND, LAMBDA_REQUEST = 0.0000133334, MODEL["lambdaRequest"]
# The converter in the lane lambda: x86, 3,008 MB.
X86_GB_SECOND, CONVERTER_GB = MODEL["lambdaGbSecond"], MODEL["lambdaMegabytes"] / 1024
API_REQUEST = 1.00 / 1e6
# https://aws.amazon.com/dynamodb/pricing/on-demand/
WRITE_UNIT, READ_UNIT = 0.625 / 1e6, 0.125 / 1e6

# https://aws.amazon.com/cloudwatch/pricing/: log ingestion.
LOG_GB = 0.50

# A function call: 512 MB for 0.1 s, an upper bound by bench/results/functions.md.
CALL = LAMBDA_REQUEST + 0.5 * 0.1 * LAMBDA_GB_SECOND
# upload, trigger, and the event when the run ends; during the run, the dashboard polls once a second.
CALLS = 3
# Created, queued, running, ended and the daily quota: each write of up to 2 kB goes to the table and two indexes.
WRITE_UNITS = 5 * 3 * 2
UPLOAD_PART = 16 * MiB
# Its first thousand parts; later ones are larger.
OUTPUT_PART = 21 << 18


@dataclass(frozen=True)
class Run:
    """A measured conversion. Sizes in bytes; seconds on `capacity` DPU."""

    input_bytes: int
    output_bytes: int
    seconds: float
    capacity: float


def glue(run: Run) -> float:
    return max(BILLED_AT_LEAST, run.seconds) * run.capacity * DPU_HOUR / 3600


def requests(run: Run) -> float:
    """A job's requests to S3, Lambda, API Gateway and DynamoDB, with progress.json once a second."""
    puts = run.input_bytes / UPLOAD_PART + run.output_bytes / OUTPUT_PART + run.seconds + 4
    gets = run.input_bytes / UPLOAD_PART + run.seconds + 10
    polls = run.seconds
    return (
        puts * S3_PUT
        + gets * S3_GET
        + (CALLS + polls) * CALL
        + (CALLS - 1 + polls) * API_REQUEST
        + WRITE_UNITS * WRITE_UNIT
        + polls * READ_UNIT
    )


def month_of_storage(run: Run) -> float:
    """Storage for a month; the input is deleted after 30 days."""
    return (run.input_bytes + run.output_bytes) / GB * S3_GB_MONTH


def download(run: Run) -> float:
    return run.output_bytes / GB * INTERNET_GB


DAY = 24 * 60 * 60
# A request: duration on a function of 1 GB, and bytes in the logs of the API and the function.
FLOOD_SECONDS, FLOOD_LOG_BYTES = 0.1, 1100


def spark_dpu_hour(spark: dict) -> float:
    return FLEX_DPU_HOUR if spark["flex"] else DPU_HOUR


def worst_day(config: dict) -> dict[str, float]:
    """
    The maximum cost of one day of abuse for a stage with this configuration, including storage until expiry.

    Excludes data transfer to the internet, and requests to S3 that need no function (downloads, PUTs to a presigned URL).
    """
    limits, table = config["limits"], config["table"]
    requests = config["throttle"]["rate"] * DAY
    # Results that do not expire are counted for a month.
    output_days = config["outputRetentionDays"] or 30
    spark = config["lanes"]["spark"]
    return {
        "Glue": limits["dpuMinutesPerDay"] / 60 * DPU_HOUR,
        **({"Glue for Spark": spark["dpuHoursPerDay"] * spark_dpu_hour(spark)} if spark else {}),
        "converting on Lambda": limits["lambdaMinutesPerDay"] * 60 * CONVERTER_GB * X86_GB_SECOND,
        "results until they expire": limits["outputBytesPerDay"] / GB * S3_GB_MONTH * output_days / 30,
        "uploads until they expire": limits["uploadBytesPerDay"]
        / GB
        * S3_GB_MONTH
        * config["inputRetentionDays"]
        / 30,
        "API Gateway": requests * API_REQUEST,
        "Lambda": requests * (LAMBDA_REQUEST + FLOOD_SECONDS * LAMBDA_GB_SECOND),
        "logs": requests * FLOOD_LOG_BYTES / GB * LOG_GB,
        # A trigger reads both ends of a file.
        "S3 requests": requests * 2 * S3_GET,
        # The table, and half of its capacity for each of the two indexes used for lists.
        "DynamoDB reads": table["readsPerSecond"] * 2 * DAY * READ_UNIT,
        "DynamoDB writes": table["writesPerSecond"] * DAY * WRITE_UNIT,
    }


if __name__ == "__main__":
    json.dump(worst_day(json.loads(sys.argv[1])), sys.stdout)
