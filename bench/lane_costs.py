"""Time and cost of a conversion in each lane on AWS: `lane_costs.py` prints the table of docs/lanes.md, `--write` updates the page.

A model: CPU time is measured (results/capacity.md), prices are published (prices.py); network and start-up are assumptions
that docs/lanes.md gives sources for. `--write` also updates the CPU time in cost-model.json, from which the dashboard estimates.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import prices

RESULTS = Path(__file__).parent / "results"
SHAPE = "taxi"
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
SIZES = (1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 8e9, 1e10, 1e11)

# Assumptions: bytes a second between a run and S3, both ways together, and seconds until a run begins.
NETWORK = prices.MODEL["networkBytesPerSecond"]
START = prices.MODEL["startSeconds"]

# A core for each 1,769 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
LAMBDA_CORES = prices.MODEL["lambdaMegabytes"] / prices.MODEL["lambdaMegabytesPerCore"]
LAMBDA_MAX_SECONDS = 900
DPU_CORES = prices.MODEL["dpuCores"]
SIXTEENTH, WHOLE, WHOLE_FROM = 0.0625, 1, 3 * 2**30


def measured() -> tuple[float, float]:
    """CPU seconds and bytes of Parquet for each byte of JSON, from results/capacity.md."""
    page = (RESULTS / "capacity.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {SHAPE} |"))
    parquet, text, cpu = (cell.strip() for cell in row.split("|")[2:5])
    json_bytes = in_bytes(text)
    return float(cpu) / json_bytes, in_bytes(parquet) / json_bytes


def in_bytes(text: str) -> float:
    number, unit = text.split()
    return float(number) * UNITS[unit]


CPU, PARQUET = measured()


def work(json_bytes: float, cores: float, network: float = NETWORK) -> float:
    """Seconds of a conversion, which computes while it fetches and uploads."""
    return max(json_bytes * CPU / cores, json_bytes * (1 + PARQUET) / network)


def in_lambda(json_bytes: float, network: float = NETWORK) -> tuple[float, float]:
    """Seconds and dollars. Lambda bills the start, too."""
    seconds = START["lambda"] + work(json_bytes, LAMBDA_CORES, network)
    return seconds, prices.LAMBDA_REQUEST + seconds * prices.CONVERTER_GB * prices.X86_GB_SECOND


def in_shell(json_bytes: float, network: float = NETWORK) -> tuple[float, float]:
    """Seconds and dollars, on the capacity that the size of the input gets."""
    capacity = WHOLE if json_bytes * PARQUET >= WHOLE_FROM else SIXTEENTH
    run = work(json_bytes, capacity * DPU_CORES, network)
    return START["shell"] + run, prices.glue(prices.Run(0, 0, run, capacity))


def same_cost(network: float = NETWORK) -> float:
    """Size of the JSON from which on `shell` is cheaper."""
    least, most = 0.0, 1e10
    for _ in range(60):
        middle = (least + most) / 2
        if in_lambda(middle, network)[1] < in_shell(middle, network)[1]:
            least = middle
        else:
            most = middle
    return least


def size(value: float) -> str:
    unit = next(unit for unit in reversed(UNITS) if value >= UNITS[unit])
    return f"{float(f'{value / UNITS[unit]:.2g}'):g} {unit}"


def duration(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"


def table() -> str:
    lines = ["| JSON | `lambda`: s | $ | `shell`: s | $ |", "| --: | --: | --: | --: | --: |"]
    for json_bytes in SIZES:
        quick, slow = in_lambda(json_bytes), in_shell(json_bytes)
        left = [duration(quick[0]), f"{quick[1]:.5f}"] if quick[0] < LAMBDA_MAX_SECONDS else ["too long", ""]
        cells = [size(json_bytes), *left, duration(slow[0]), f"{slow[1]:.5f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def text() -> str:
    third = LAMBDA_MAX_SECONDS / 3
    slowest = 8e9 * (1 + PARQUET) / (third - START["lambda"])
    return "\n".join(
        [
            table(),
            "",
            f"- **Cost:** the lanes meet at {size(same_cost())} of JSON. If the network were no limit, they would meet at "
            f"{size(same_cost(1e12))}.",
            f"- **Time:** `lambda` is {START['shell'] - START['lambda']} s faster at all sizes that it can convert, because at "
            f"{size(NETWORK)} a second the network limits both.",
            f"- **Margin:** 8 GB, the default limit, take a third of the 15 minutes if the network has only {size(slowest)} a second.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/lanes.md")
    if not parser.parse_args().write:
        print(text())
        return
    page = RESULTS.parent.parent / "docs/lanes.md"
    begin, end = "<!-- bench:lanes:begin -->", "<!-- bench:lanes:end -->"
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    old = page.read_text(encoding="utf-8")
    model = RESULTS.parent.parent / "packages/core/src/lanes/cost-model.json"
    measured_cpu = f'"cpuSecondsPerGb": {float(f"{CPU * 1e9:.4g}"):g}'
    model.write_text(
        re.sub(r'"cpuSecondsPerGb": [\d.]+', measured_cpu, model.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    page.write_text(pattern.sub(lambda _: f"{begin}\n{text()}\n{end}", old), encoding="utf-8")


if __name__ == "__main__":
    main()
