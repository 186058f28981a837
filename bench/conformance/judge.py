"""Judges a reader's result, by majority if no expected values are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .ask import READERS, Answer
from .checks import Check, Right
from .values import rows_differ

OURS = "unparquet"
# Readers that return typed values, which others can be compared with.
TYPED = ("pyarrow", "spark")
EXACT, REFUSED_RIGHTLY = "exact", "refused, rightly"
CHANGED, REFUSED = "changed", "refused"
# Outcomes for a damaged file.
ACCEPTED = "accepted"
INVALID, CRASHED, HANGS, MEMORY = "invalid JSON", "crashed", "hangs", "too much memory"
RIGHT = (EXACT, REFUSED_RIGHTLY)


@dataclass(frozen=True)
class Cell:
    """`label`: the result, if several are correct. `said`: the first difference, or the reader's error."""

    outcome: str
    label: str = ""
    said: str = ""


@dataclass(frozen=True)
class Row:
    check: Check
    cells: dict[str, Cell]
    source: str

    @property
    def all_right(self) -> bool:
        return all(cell.outcome in RIGHT for cell in self.cells.values())


def judge(check: Check, answers: dict[str, Answer]) -> Row:
    right, source = check.right, check.source
    if not right:
        right, source = majority(answers)
    right = [replace(each, rows=majority(answers)[0][0].rows) if each.majority else each for each in right]
    cells = {name: cell(answer, right) for name, answer in answers.items()}
    if check.kind == "bad_data":
        cells = {
            name: replace(found, outcome=ACCEPTED) if found.outcome == CHANGED else found
            for name, found in cells.items()
        }
    return Row(check, cells, source)


def cell(answer: Answer, right: list[Right]) -> Cell:
    refusals = [each for each in right if each.rows is None]
    if answer.outcome == "refused":
        if refusals:
            return Cell(REFUSED_RIGHTLY, refusals[0].label, answer.said)
        return Cell(REFUSED, said=answer.said)
    if answer.outcome != "rows":
        return Cell(answer.outcome, said=answer.said)
    said = "" if any(each.rows is not None for each in right) else "it is read without an error"
    for each in right:
        if each.rows is None:
            continue
        found = rows_differ(each.rows, answer.rows)
        if found is None:
            return Cell(EXACT, each.label)
        said = said or found
    return Cell(CHANGED, said=said)


def majority(answers: dict[str, Answer]) -> tuple[list[Right], str]:
    """The result of most other readers; unparquet has no vote."""
    others = {name: answer for name, answer in answers.items() if name != OURS and answer.outcome == "rows"}
    if not others:
        return [Right(None)], "all others refuse it"
    votes = {
        name: [
            other for other, answer in others.items() if rows_differ(others[name].rows, answer.rows) is None
        ]
        for name in TYPED
        if name in others
    }
    if not votes:
        raise SystemExit(f"only {', '.join(others)} read a file: add the expected result to corpus.json")
    best = max(votes, key=lambda name: len(votes[name]))
    titles = [READERS[name].title for name in votes[best]]
    source = f"{len(titles)} of {len(others)} others" if len(titles) > 1 else f"{titles[0]} alone"
    return [Right(others[best].rows)], source
