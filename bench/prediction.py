"""Accuracy of the predicted JSON size: `prediction.py [SHAPE ...]` writes results/prediction.md if no shapes are given."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from data import write
from shapes import SHAPES
from tables import size, table
from unparquet import _engine

FOLDER = Path(__file__).parent
DATA = FOLDER / ".data"
RESULT = FOLDER / "results" / "prediction.md"
HEADINGS = ["data", "rows", "JSON", "predicted", "error", "ms", "error, S3", "requests", "read"]


class Remote:
    """A local file that the engine reads as if it were in S3."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size = path.stat().st_size
        self.requests = 0
        self.bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        self.requests += 1
        self.bytes += length
        self._file.seek(offset)
        return self._file.read(length)

    def interrupt(self) -> None:
        pass


class Nowhere:
    def write(self, data: bytes) -> None:
        pass


def measure(name: str) -> tuple[list[str], float]:
    """A row of the table, and the larger of its two errors."""
    path = DATA / f"{name}-{SHAPES[name].rows}.parquet"
    if not path.exists():
        write(name, SHAPES[name].rows, path)
    rows, actual, *_ = _engine.convert(str(path), Nowhere())
    started = time.perf_counter()
    _, predicted = _engine.predict(str(path))
    wall = time.perf_counter() - started
    remote = Remote(path)
    _, predicted_remote = _engine.predict(remote)
    errors = [predicted / actual - 1, predicted_remote / actual - 1]
    local = [size(predicted), f"{errors[0]:+.1%}", f"{1000 * wall:.0f}"]
    over_s3 = [f"{errors[1]:+.1%}", str(remote.requests), size(remote.bytes)]
    return [name, f"{rows:,}", size(actual), *local, *over_s3], max(map(abs, errors))


def report(lines: list[list[str]], worst: float) -> str:
    return f"""# Predicted size of the JSON

`unparquet inspect` predicts the size of the uncompressed JSON from the footer and samples of the columns. This table is written by
[`bench/prediction.py`](../prediction.py): for each shape of the [bench's data](../shapes), the size of the JSON, the prediction, its error and its
duration for a file on disk; then the error, the requests and the bytes read for a file in S3, where the engine skips less to
reach the middle of a row group.

The largest error is {worst:.1%}; the goal is 15 %.

{table(HEADINGS, lines)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", choices=[[], *SHAPES])
    shapes = parser.parse_args().shapes
    DATA.mkdir(exist_ok=True)
    measured = [measure(name) for name in shapes or SHAPES]
    text = report([line for line, _ in measured], max(error for _, error in measured))
    if shapes:
        print(text)
    else:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
