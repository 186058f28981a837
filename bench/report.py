"""Describes the environment and writes the pages."""

from __future__ import annotations

import argparse
import os
import platform
import re
from pathlib import Path

from tools import label

HERE = Path(__file__).parent
DOCS, RESULTS = HERE.parent / "docs", HERE / "results"


def environment(args: argparse.Namespace) -> str:
    """One line with machine, versions and rounds. No date, so equal results give equal pages."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(label(name) for name in args.tools)
    return (
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}; "
        f"{versions}; {args.rounds} round{'s' * (args.rounds != 1)}."
    )


def processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return found[1].strip() if found else platform.machine()


def write(page: str, title: str, parts: list[str]) -> None:
    """Writes a results page."""
    method = "Written by `npm run bench`; [method](../README.md#method)."
    text = "\n\n".join([f"# {title}", method, *parts])
    (RESULTS / f"{page}.md").write_text(f"{text}\n", encoding="utf-8")


def publish(page: str, section: str, text: str) -> None:
    """Replaces the text between the section's markers in a docs page."""
    path = DOCS / page
    begin, end = marks(section)
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, also, after = rest.partition(end)
    if not (found and also):
        raise SystemExit(f"{path} has no {begin} or no {end}")
    path.write_text(f"{before}{marked(section, text)}{after}", encoding="utf-8")


def marked(section: str, text: str) -> str:
    begin, end = marks(section)
    return f"{begin}\n{text}\n{end}"


def marks(section: str) -> tuple[str, str]:
    return f"<!-- bench:{section}:begin -->", f"<!-- bench:{section}:end -->"
