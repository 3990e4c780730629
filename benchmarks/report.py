"""The results as a Markdown page: a table per case, slowest last, every failure in its row."""

from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.outcome import Outcome, reference
from benchmarks.results_file import CaseResult


def write(results: list[CaseResult], folder: Path) -> Path:
    """Write ``benchmarks.md`` into the folder and give its path."""
    path = folder / "benchmarks.md"
    path.write_text(page(results), encoding="utf-8")
    return path


def page(results: list[CaseResult]) -> str:
    """Give the whole page."""
    parts = ["# Benchmarks\n", _preface(results)]
    parts += [section(result) for result in results]
    return "\n".join(parts)


def _preface(results: list[CaseResult]) -> str:
    if not results:
        return "Nothing has been measured yet.\n"
    last = max((result.conditions for result in results), key=lambda conditions: str(conditions["date"]))
    versions = ", ".join(f"{name} {number}" for name, number in last["versions"].items())
    return (
        f"{last['processors']} processors, {last['memory_gib']} GiB, {last['system']}. {versions}.\n"
        "Medians of interleaved runs, one fresh process each; compare inside one table only.\n"
        "Memory is the peak resident size of the process tree.\n"
    )


def section(result: CaseResult) -> str:
    """Give one case's heading and table."""
    case = CASES[result.case]
    base = reference(list(result.outcomes))
    is_quick = result.conditions["quick"]
    quick = f" **A quick run on {result.rows:,} rows: no figures to quote.**" if is_quick else ""
    lines = [
        f"## {case.title}\n",
        f"{case.detail}; `{case.name}`, {result.conditions['date']}.{quick}\n",
        "| | time | ratio | CPU | peak memory | notes |",
        "|---|---:|---:|---:|---:|---|",
    ]
    lines += [_row(outcome, base) for outcome in sorted(result.outcomes, key=_order)]
    return "\n".join(lines) + "\n"


def _order(outcome: Outcome) -> tuple[bool, float]:
    return not outcome.is_right, outcome.wall if outcome.runs else float("inf")


def _row(outcome: Outcome, base: Outcome | None) -> str:
    name = f"**{outcome.label}**" if outcome.rival == "conduit" else outcome.label
    notes = [outcome.problem, *outcome.caveats]
    if outcome.is_scaled:
        notes.append(f"measured on 1/{outcome.scale:.0f} of the rows, times scaled")
    if len(outcome.runs) == 1:
        notes.append("1 run")
    told = "; ".join(note.replace("|", "\\|") for note in notes if note)
    if not outcome.runs:
        return f"| {name} | | | | | {told} |"
    ratio = f"{outcome.wall / base.wall:.2f} ×" if base else ""
    about = "≈ " if outcome.is_scaled else ""
    figures = f"{about}{seconds(outcome.wall)} | {ratio} | {seconds(outcome.cpu)} | {outcome.peak_mb:.0f} MB"
    return f"| {name} | {figures} | {told} |"


def seconds(value: float) -> str:
    """Spell seconds with three digits that mean something."""
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 100 else f"{value:.0f} s"
