"""The checks: files, columns and expected values."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .values import Untyped, untag

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CASES = ROOT / "glue/tests/cases"
# apache/parquet-testing, at the commit that the page links to.
COMMIT = "1a2a75127be06fc0123f03ebd36c966f7beda27d"
CORPUS = "https://github.com/apache/parquet-testing"
FOLDERS = ("data", "bad_data")


@dataclass(frozen=True)
class Right:
    """
    A correct outcome: these rows, or a refusal. `label` names it if the format allows several; with `majority` the
    rows are those of most readers.
    """

    rows: list[Any] | None
    label: str = ""
    majority: bool = False


@dataclass(frozen=True)
class Check:
    """A file, or some of its columns. `right` is empty if the majority decides; `source` is its origin."""

    name: str
    path: Path
    link: str
    kind: str
    about: str
    columns: list[str] | None = None
    right: list[Right] = field(default_factory=list)
    undefined: str = ""
    source: str = ""
    of_corpus: bool = False


def cases() -> list[Check]:
    found = []
    for case in json.loads((CASES / "expected.json").read_text(encoding="utf-8")):
        for check in case["checks"]:
            found.append(
                Check(
                    name=case["file"].removesuffix(".parquet"),
                    path=CASES / case["file"],
                    link=f"../glue/tests/cases/{case['file']}",
                    kind=case["kind"],
                    about=case["about"],
                    columns=check.get("columns"),
                    right=[right(each) for each in check["right"]],
                    undefined=check.get("undefined", ""),
                )
            )
    return found


def right(described: dict[str, Any]) -> Right:
    if described.get("refused"):
        return Right(None, described.get("as", ""))
    if described.get("majority"):
        return Right(None, described.get("as", ""), majority=True)
    return Right([untag(row) for row in described["rows"]], described.get("as", ""))


def corpus(folder: Path) -> list[Check]:
    """The files of apache/parquet-testing. corpus.json overrides the majority."""
    described = json.loads((HERE / "corpus.json").read_text(encoding="utf-8"))
    found = []
    for name in names(folder):
        for entry in described.get(name, [{}]):
            text = table(folder / name)
            found.append(
                Check(
                    name=name,
                    path=folder / name,
                    link=f"{CORPUS}/blob/{COMMIT}/{name}",
                    kind=name.split("/")[0],
                    about=entry.get("about", ""),
                    columns=entry.get("columns"),
                    right=[right(each) for each in entry.get("right", [])] or ([Right(text)] if text else []),
                    undefined=entry.get("undefined", ""),
                    source=entry.get("source", "its CSV file" if text else ""),
                    of_corpus=True,
                )
            )
    unknown = set(described) - set(names(folder))
    if unknown:
        raise SystemExit(f"corpus.json describes files that are not there: {', '.join(sorted(unknown))}")
    return found


def names(folder: Path) -> list[str]:
    """Parquet files, encrypted ones too."""
    return sorted(
        str(path.relative_to(folder))
        for part in FOLDERS
        for path in (folder / part).rglob("*")
        if path.is_file() and re.search(r"\.parquet(\.encrypted)?$", path.name)
    )


def table(path: Path) -> list[dict[str, Any]]:
    """The rows of the CSV file beside it, if any: numbers and text, empty for null."""
    beside = path.with_name(path.name.replace(".parquet", "_expect.csv"))
    if not beside.exists():
        return []
    with beside.open(newline="") as file:
        header, *lines = csv.reader(file)
    return [{name.strip(): Untyped(text) for name, text in zip(header, line)} for line in lines]
