"""Parses the arguments of the command line and of Glue."""

from __future__ import annotations

import argparse
import os

from ._engine import CHOICES
from .errors import ConversionError


class Request:
    """One conversion: input, output, and the options that differ from the defaults."""

    def __init__(
        self,
        input: str,
        output: str,
        options: dict[str, object],
        input_etag: str | None = None,
        index: str | None = None,
    ) -> None:
        self.input = input
        self.output = output
        self.options = options
        self.input_etag = input_etag
        self.index = index

    def choice(self, name: str) -> object:
        """The value of an option with a fixed set of choices."""
        return self.options.get(name, dict(CHOICES)[name][0])


class InspectRequest:
    """One file to describe, as text or JSON."""

    def __init__(self, input: str, json: bool) -> None:
        self.input = input
        self.json = json


class _Help(argparse.HelpFormatter):
    """A formatter of fixed width: argparse creates one per argument, and asking the terminal needs a slow import."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100)


class _Parser(argparse.ArgumentParser):
    """Reports bad arguments like all other errors instead of printing the usage."""

    def __init__(self, **settings: object) -> None:
        super().__init__(formatter_class=_Help, **settings)

    def error(self, message: str) -> None:
        raise ConversionError("invalid_request", message)


def parse_command(arguments: list[str]) -> Request | InspectRequest:
    """The arguments of `unparquet convert INPUT OUTPUT [--option value]…` or `unparquet inspect FILE [--json]`."""
    parser = _Parser(prog="unparquet", description="Converts Parquet files to JSON.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    convert = commands.add_parser("convert", help="convert one file", allow_abbrev=False)
    convert.add_argument("input", metavar="INPUT", help="a path or an s3:// URI")
    convert.add_argument("output", metavar="OUTPUT", help="a path, an s3:// URI, or - for standard output")
    convert.add_argument("--index", metavar="FILE", help="write an index from rows to bytes to this file")
    _add_options(convert)
    inspect = commands.add_parser("inspect", help="describe one file", allow_abbrev=False)
    inspect.add_argument("input", metavar="FILE", help="a path or an s3:// URI")
    inspect.add_argument("--json", action="store_true", help="write JSON instead of text")
    namespace = parser.parse_args(arguments)
    if namespace.command == "inspect":
        return InspectRequest(namespace.input, namespace.json)
    if namespace.index is not None and _resolved(namespace.index) == _resolved(namespace.output):
        raise ConversionError("invalid_request", "the output and its index must be different files")
    return _request(namespace, index=namespace.index)


def glue_reports(arguments: list[str]) -> str:
    """The folder for reports alone, so that errors in the other arguments can be reported there."""
    parser = _glue_parser()
    return parser.parse_known_args(arguments)[0].reports


def parse_glue(arguments: list[str]) -> Request:
    """The arguments of a run in Glue. Glue adds its own, so unknown arguments are ignored."""
    parser = _glue_parser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--input-etag")
    parser.add_argument("--output", required=True)
    _add_options(parser)
    namespace, _ = parser.parse_known_args(arguments)
    if _is_within(namespace.output, namespace.reports):
        raise ConversionError("invalid_request", "the output must not be in the folder for reports")
    return _request(namespace, namespace.input_etag)


def _glue_parser() -> _Parser:
    parser = _Parser(prog="job.py", allow_abbrev=False, add_help=False)
    parser.add_argument("--reports", required=True)
    return parser


def _is_within(path: str, folder: str) -> bool:
    return _resolved(path).startswith(f"{_resolved(folder)}/")


def _resolved(path: str) -> str:
    return path if path.startswith("s3://") or path == "-" else os.path.realpath(path)


def _add_options(parser: argparse.ArgumentParser) -> None:
    for name, choices in CHOICES:
        parser.add_argument(f"--{name.replace('_', '-')}", choices=choices)
    parser.add_argument(
        "--columns", type=_columns, help="columns to write, in this order: a,b.c or a JSON array"
    )
    parser.add_argument("--limit", type=_count, help="write at most this many rows")
    parser.add_argument("--max-bytes", type=_count, help="fail if the output would be larger")
    parser.add_argument("--max-rows", type=_count, help="fail if there would be more rows")
    parser.add_argument(
        "--memory", type=_size, help="limit of memory, such as 512M (default: 256M with two threads)"
    )
    parser.add_argument("--threads", type=_positive, help="worker threads (default: one per processor)")


def _request(
    namespace: argparse.Namespace, input_etag: str | None = None, index: str | None = None
) -> Request:
    names = [*(name for name, _ in CHOICES), "columns", "limit", "max_bytes", "max_rows", "memory", "threads"]
    options = {name: getattr(namespace, name) for name in names}
    given = {name: value for name, value in options.items() if value is not None}
    return Request(namespace.input, namespace.output, given, input_etag, index)


def _size(text: str) -> int:
    """Parses bytes, with an optional suffix K, M or G for powers of 1024."""
    unit = max("BKMG".find(text[-1:].upper()), 0)
    try:
        return _positive(text[:-1] if unit else text) << 10 * unit
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 256M") from error


def _columns(text: str) -> list[str]:
    if not text.lstrip().startswith("["):
        return text.split(",")
    import json

    try:
        names = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a JSON array: {error}") from error
    if not all(isinstance(name, str) for name in names):
        raise argparse.ArgumentTypeError("the JSON array must contain column names")
    return names


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def _positive(text: str) -> int:
    if _count(text) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)
