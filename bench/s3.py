"""From S3 to S3, beside its three stages alone: fetching the file, encoding it from memory to memory, uploading the JSON.

Fetching and uploading alone are the SDK's multi-threaded transfers in parts. The emulated S3 runs on this machine: it takes CPU time from
the converter, and accepts parts more slowly than S3.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tables
from rounds import Result, measure, say
from tools import Job, unparquet

HERE = Path(__file__).parent
SHAPES = ("taxi", "keys")
BUCKET = "s3://unparquet-bench"
STAGES = ("fetch", "encode", "upload")
TRANSFER = [sys.executable, str(HERE / "peers/s3_transfer.py")]


def put(source: Path, remote: str) -> None:
    failed = measure([*TRANSFER, "upload", str(source), remote]).get("failed")
    if failed:
        raise SystemExit(f"{source} could not be put to {remote}: {failed}")


def section(files: dict[str, Path], folder: Path, rounds: int) -> list[str]:
    """Paragraphs of the section."""
    with server():
        found = {name: stages(source, folder, rounds) for name, source in files.items()}
    return [
        "Wall seconds to fetch the file, to encode it in memory and to upload the JSON, each alone, and to convert from S3 to S3. The "
        f"emulated S3 runs on the same cores and is slow: at best it serves {rate(found, files, 'fetch')} and accepts "
        f"{rate(found, files, 'upload')}.",
        table(files, found),
    ]


def stages(source: Path, folder: Path, rounds: int) -> dict[str, Result]:
    """Measures each stage and the whole conversion."""
    fetched, encoded = folder / "fetched", folder / "encoded"
    remote, output = f"{BUCKET}/{source.name}", f"{BUCKET}/output.ndjson"
    commands = {
        "put the file there": [*TRANSFER, "upload", str(source), remote],
        "fetch": [*TRANSFER, "fetch", remote, str(fetched)],
        "encode": unparquet(Job(source, encoded)),
        "upload": [*TRANSFER, "upload", str(encoded), f"{BUCKET}/uploaded.ndjson"],
        "S3 to S3": unparquet(Job(remote, output)),
    }
    found = {name: Result() for name in commands}
    for n in range(rounds):
        for name, command in commands.items():
            found[name].add(measure(command))
            say(source, n, name, found[name])
        if encoded.exists():
            found["S3 to S3"].output_bytes = encoded.stat().st_size
    check = measure([*TRANSFER, "fetch", output, str(fetched)])
    if check.get("failed") or fetched.read_bytes() != encoded.read_bytes():
        found["S3 to S3"].add({"failed": "the uploaded file differs from the encoded one"})
    return found


def rate(found: dict[str, dict[str, Result]], files: dict[str, Path], stage: str) -> str:
    """The highest throughput of a stage alone."""
    rates = [0.0]
    for name, results in found.items():
        if not results[stage].failed:
            count = files[name].stat().st_size if stage == "fetch" else results["S3 to S3"].output_bytes
            rates.append(count / results[stage].wall)
    return f"{tables.size(max(rates))} a second"


def table(files: dict[str, Path], found: dict[str, dict[str, Result]]) -> str:
    lines = []
    for name, results in found.items():
        whole = results["S3 to S3"]
        failed = [f"n/a: {result.failed}" for result in results.values() if result.failed]
        if failed:
            lines.append([name, *failed[:1], *[""] * 7])
            continue
        slowest = max(results[stage].wall for stage in STAGES)
        sizes = [tables.size(count) for count in (files[name].stat().st_size, whole.output_bytes)]
        walls = [f"{results[stage].wall:.2f}" for stage in (*STAGES, "S3 to S3")]
        lines.append(
            [name, *sizes, *walls, f"{whole.wall / slowest:.2f}", f"{whole.cpu:.2f}", f"{whole.peak_mb:.0f}"]
        )
    measured = ["S3 to S3", "… / slowest stage", "CPU s", "peak MB"]
    return tables.table(["data", "Parquet", "JSON", *STAGES, *measured], lines)


@contextmanager
def server() -> Iterator[None]:
    """Starts an S3 emulator with an empty bucket and points the SDK to it."""
    sys.path.append(str(HERE.parent / "glue/tests"))
    import s3_server

    credentials = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with s3_server.endpoint() as url:
        os.environ.update({**credentials, "AWS_ENDPOINT_URL": url})
        import boto3

        boto3.client("s3").create_bucket(Bucket=BUCKET.removeprefix("s3://"))
        yield
