"""Formats the measurements as Markdown."""

from __future__ import annotations

from rounds import Comparison, Result
from tools import FLOOR, OURS, SINGLE, TOOLS, label


def table(headings: list[str], rows: list[list[str]], texts: int = 1) -> str:
    """The first `texts` columns are left-aligned, the others right-aligned."""
    lines = [headings, [*["---"] * texts, *["--:"] * (len(headings) - texts)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def title(name: str) -> str:
    return f"**{TOOLS[name].title}**" if name == OURS else label(name)


def shape(about: str, found: Comparison) -> str:
    """One shape: a row per converter, the best peer's ratios in bold, then differences in the output."""
    peers = found.peers()
    best = {attribute: best_peer(found, attribute) for attribute in ("wall", "cpu")}
    lines, notes = [], []
    for name, result in found.results.items():
        if result.failed:
            lines.append([title(name), "n/a", "", "", "", ""])
            notes.append(f"{TOOLS[name].title if name in TOOLS else title(name)}: {result.failed}.")
            continue
        ratios = [ratio(found, result, attribute, name == best[attribute]) for attribute in ("wall", "cpu")]
        lines.append(
            [title(name), f"{result.wall:.2f}", f"{result.cpu:.2f}", f"{result.peak_mb:.0f}", *ratios]
        )
        if name in TOOLS and name != OURS:
            said = [
                *result.notes,
                *([] if name in peers else [f"not counted as a peer: it writes {size(result.output_bytes)}"]),
            ]
            if said:
                notes.append(f"{TOOLS[name].title}: {'; '.join(said)}.")
    file = f"{size(found.source.stat().st_size)} of Parquet ({found.codec})"
    return "\n".join(
        [
            f"{about[0].upper()}{about[1:]}. {found.rows:,} rows, {file}, {size(found.ours.output_bytes)} of JSON.\n",
            table(["converter", "wall s", "CPU s", "peak MB", "wall, ours = 1", "CPU, ours = 1"], lines),
            *(f"\n{note}" for note in notes),
        ]
    )


def headlines(found: dict[str, Comparison]) -> str:
    """All shapes: our time and memory, the fastest peer's time as a multiple of ours, and its memory."""
    lines = []
    for about, comparison in found.items():
        ours, fastest = comparison.ours, best_peer(comparison, "wall")
        peer = ["n/a", "", ""]
        if fastest:
            result = comparison.results[fastest]
            peer = [TOOLS[fastest].title, ratio(comparison, result, "wall"), f"{result.peak_mb:.0f}"]
        sizes = [size(comparison.source.stat().st_size), size(ours.output_bytes)]
        lines.append([about, *sizes, f"{ours.wall:.2f}", f"{ours.peak_mb:.0f}", *peer])
    return table(
        ["data", "Parquet", "JSON", "wall s", "peak MB", "fastest other", "wall, ours = 1", "peak MB"], lines
    )


def summary(found: dict[str, Comparison]) -> str:
    """All shapes: the best peer's wall and CPU time as multiples of ours, ours relative to the lower bound, and memory."""
    lines = []
    for name, comparison in found.items():
        ours, floor = comparison.ours, comparison.results.get(FLOOR)
        best = [
            best_peer(comparison, "wall"),
            best_peer(comparison, "cpu"),
            best_peer(comparison, "cpu", SINGLE),
        ]
        ratios = [
            multiple(comparison, peer, attribute) for peer, attribute in zip(best, ("wall", "cpu", "cpu"))
        ]
        least = best_peer(comparison, "peak_mb")
        memory = f"{comparison.results[least].peak_mb:.0f} ({TOOLS[least].title})" if least else "n/a"
        of_floor = f"{ours.cpu / floor.cpu:.2f}" if floor and floor.runs else "n/a"
        lines.append([name, *ratios, of_floor, f"{ours.peak_mb:.0f}", memory])
    return table(
        [
            *("data", "best peer's wall", "best peer's CPU", "the same without arrow-rs"),
            *("our CPU / decode and write", "our peak MB", "lowest peer MB"),
        ],
        lines,
    )


def multiple(comparison: Comparison, peer: str | None, attribute: str) -> str:
    """A peer's figure as a multiple of ours, with its name."""
    return (
        f"{ratio(comparison, comparison.results[peer], attribute)} ({TOOLS[peer].title})" if peer else "n/a"
    )


def best_peer(comparison: Comparison, attribute: str, but: str | None = None) -> str | None:
    peers = {name: getattr(result, attribute) for name, result in comparison.peers().items() if name != but}
    return min(peers, key=lambda name: peers[name], default=None)


def ratio(comparison: Comparison, result: Result, attribute: str, bold: bool = False) -> str:
    text = f"{getattr(result, attribute) / getattr(comparison.ours, attribute):.2f}"
    return f"**{text}**" if bold else text


def small(found: list[Comparison]) -> str:
    """Small files: a column per size, wall milliseconds of the whole process."""
    sizes = [size(comparison.source.stat().st_size) for comparison in found]
    lines = [
        [title(name), *(milliseconds(each.results[name]) for each in found)] for name in found[0].results
    ]
    return table(["wall ms", *sizes], lines)


def compressed(found: dict[str, Comparison]) -> str:
    """Compressed output: like a shape, plus the output size, because compression levels differ."""
    lines = []
    for codec, comparison in found.items():
        for name, result in comparison.results.items():
            if result.failed:
                lines.append([codec, title(name), f"n/a: {result.failed}", "", "", "", ""])
                continue
            ratios = [ratio(comparison, result, attribute) for attribute in ("wall", "cpu")]
            figures = [f"{result.wall:.2f}", f"{result.cpu:.2f}", f"{result.peak_mb:.0f}"]
            lines.append([codec, title(name), *figures, size(result.output_bytes), *ratios])
    return table(
        ["output", "converter", "wall s", "CPU s", "peak MB", "written", "wall, ours = 1", "CPU, ours = 1"],
        lines,
    )


def start_up(found: dict[str, Result]) -> str:
    lines = [
        [title(name), milliseconds(result), "" if result.failed else f"{result.peak_mb:.0f}"]
        for name, result in found.items()
    ]
    return table(["converter", "loaded after ms", "peak MB"], lines)


def milliseconds(result: Result) -> str:
    return f"n/a: {result.failed}" if result.failed else f"{result.wall * 1000:.0f}"


def size(count: float) -> str:
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= bytes_:
            return f"{count / bytes_:.3g} {unit}"
    return f"{count} bytes"
