"""What the picture shows, before it is drawn: a panel per case, a bar per contender, one panel on memory."""

from dataclasses import dataclass
from typing import Literal

from benchmarks.cases import CASES
from benchmarks.outcome import Outcome, reference
from benchmarks.report import seconds
from benchmarks.results_file import CaseResult

# 4x is about memory, and has its own panel.
TIMED = (
    "csv-parquet",
    "csv-parquet-wide",
    "ndjson-parquet",
    "parquet-parquet",
    "csv-duckdb",
    "checks-packed",
    "checks-general",
    "small",
    "startup",
)

Role = Literal["ours", "reference", "other", "wrong", "failed"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One contender: its length as a multiple of the panel's reference, and the words at its end."""

    label: str
    length: float
    words: str
    role: Role
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One group of bars, shortest first, failures last."""

    title: str
    detail: str
    bars: tuple[Bar, ...]


def panels(results: list[CaseResult]) -> list[Panel]:
    """Give the panels of all that was measured."""
    by_case = {result.case: list(result.outcomes) for result in results if result.outcomes}
    shown = [_time(name, by_case[name]) for name in TIMED if name in by_case]
    if "csv-parquet" in by_case and "csv-parquet-4x" in by_case:
        shown.append(_memory(by_case["csv-parquet"], by_case["csv-parquet-4x"]))
    return shown


def _time(name: str, outcomes: list[Outcome]) -> Panel:
    base = reference(outcomes)
    bars = []
    for outcome in outcomes:
        if base is None or not outcome.runs:
            bars.append(_failed(outcome))
            continue
        ratio = outcome.wall / base.wall
        words = ("≈ " if outcome.is_scaled else "") + seconds(outcome.wall)
        bars.append(_bar(outcome, base, ratio, words))
    return Panel(CASES[name].title, CASES[name].detail, _sorted(bars))


def _memory(one: list[Outcome], four: list[Outcome]) -> Panel:
    """Compare peaks at four times the data; the words give the peak at once the data too."""
    before = {outcome.rival: outcome for outcome in one if outcome.runs}
    base = reference(four)
    bars = []
    for outcome in four:
        if base is None or not outcome.runs:
            bars.append(_failed(outcome))
            continue
        words = f"{outcome.peak_mb:.0f} MB"
        if outcome.rival in before:
            words = f"{before[outcome.rival].peak_mb:.0f} → {words}"
        bars.append(_bar(outcome, base, outcome.peak_mb / base.peak_mb, words))
    return Panel("Peak memory", "CSV → Parquet, 766 MB → 3.1 GB of input", _sorted(bars))


def _bar(outcome: Outcome, base: Outcome, ratio: float, words: str) -> Bar:
    is_ours = outcome.rival == "conduit"
    times = "" if outcome is base else f"   {ratio:.0f}×" if ratio >= 10 else f"   {ratio:.2f}×"
    if outcome.problem:
        return Bar(outcome.label, ratio, f"{words}{times}   wrong", "wrong", is_ours)
    role: Role = "ours" if is_ours else "reference" if outcome is base else "other"
    return Bar(outcome.label, ratio, words + times, role, is_ours)


def _failed(outcome: Outcome) -> Bar:
    return Bar(outcome.label, float("inf"), "failed", "failed", outcome.rival == "conduit")


def _sorted(bars: list[Bar]) -> tuple[Bar, ...]:
    return tuple(sorted(bars, key=lambda bar: bar.length))
