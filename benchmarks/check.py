"""Judge an output against the exact summary of its input: every row, sum, NULL and empty string."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import environments
from benchmarks.programs.columns import SCHEMAS

MEASURES = ("nulls", "empty", "sum", "bytes", "byte_sum")
# Sums of doubles are rounded once per batch; anything beyond this is a wrong value.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with an output (None when nothing is), and how else it differs from the agreement."""

    wrong: str | None
    caveats: tuple[str, ...]


def judge(output: Path, rejects: Path | None, schema: str, truth: dict[str, Any], scratch: Path) -> Verdict:
    """Read an output, and what was rejected, and compare them; what cannot be read is wrong, not an exception."""
    try:
        verdict = compare(_read(scratch, "summarise", schema, str(output)), truth, SCHEMAS[schema])
        if verdict.wrong or rejects is None:
            return verdict
        return Verdict(_wrong_rejects(_read(scratch, "rejected", str(rejects)), truth["rejected"]), verdict.caveats)
    except _Unreadable as unreadable:
        return Verdict(f"wrong: {unreadable}", ())


class _Unreadable(Exception):
    """An output that its reader refused; the message says why."""


def _read(scratch: Path, program: str, *arguments: str) -> dict[str, Any]:
    answer = scratch / "answer.json"
    done = environments.run("fast", program, *arguments, str(answer))
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise _Unreadable(reason[0][:160])
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def _wrong_rejects(found: dict[str, Any], expected: dict[str, Any]) -> str | None:
    if found["rows"] != expected["rows"]:
        return f"wrong: {found['rows']:,} rows rejected instead of {expected['rows']:,}"
    if found["reasons"] != expected["reasons"]:
        return f"wrong: rows rejected for {found['reasons']} instead of {expected['reasons']}"
    return None if found["digest"] == expected["digest"] else "wrong: other rows rejected than those that fail"


def compare(found: dict[str, Any], truth: dict[str, Any], declared: dict[str, str]) -> Verdict:
    """Compare two summaries, and the types found with those declared."""
    return Verdict(_wrong(found, truth), tuple(_caveats(found, declared)))


def _wrong(found: dict[str, Any], truth: dict[str, Any]) -> str | None:
    missing = truth["rows"] - found["rows"]
    if missing:
        word = "missing" if missing > 0 else "too many"
        return f"wrong: {abs(missing):,} of {truth['rows']:,} rows {word}"
    if not truth["rows"]:
        return None  # no value tells of any column
    absent = [name for name in truth["columns"] if name not in found["columns"]]
    if absent:
        return f"wrong: {_columns(len(absent))} missing, the first {absent[0]}"
    differences = []
    for name, expected in truth["columns"].items():
        actual = found["columns"][name]
        for measure in MEASURES:
            if measure in expected and not _equal(actual.get(measure), expected[measure]):
                differences.append(f"{name} has {measure} {actual.get(measure)} instead of {expected[measure]}")
                break
    if differences:
        return f"wrong: values of {_columns(len(differences))}; {differences[0]}"
    return None


def _equal(actual: float | None, expected: float) -> bool:
    if actual is None:
        return False
    if isinstance(expected, int) and isinstance(actual, int):
        return actual == expected
    return abs(actual - expected) <= TOLERANCE * max(1.0, abs(expected))


def _columns(count: int) -> str:
    return f"{count} column" if count == 1 else f"{count} columns"


def _caveats(found: dict[str, Any], declared: dict[str, str]) -> list[str]:
    told = []
    retyped = {
        name: found["columns"][name]["type"]
        for name, kind in declared.items()
        if name in found["columns"] and found["columns"][name]["type"] != kind
    }
    if retyped:
        name, kind = next(iter(retyped.items()))
        told.append(f"{_columns(len(retyped))} of another type ({name}: {kind})")
    if found.get("extra"):
        told.append(f"{_columns(len(found['extra']))} more than asked for")
    if found.get("compression", "snappy") != "snappy":
        told.append(f"compression {found['compression']}")
    return told
