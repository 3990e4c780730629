"""Measure a case: every contender in every round, the order rotated, so that a noisy minute falls on all."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import cache, datasets, environments
from benchmarks.cases import Case, Contender
from benchmarks.check import Verdict, judge
from benchmarks.commands.job import Job
from benchmarks.measure import Measurement, run
from benchmarks.outcome import Outcome, Run
from benchmarks.rivals import RIVALS

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure. ``peers`` None means all; ``timeout_seconds`` is per process."""

    rounds: int
    quick: bool
    peers: frozenset[str] | None
    timeout_seconds: float


@dataclass(slots=True)
class _Ledger:
    """What a contender has shown so far."""

    runs: list[Run] = field(default_factory=list)
    problem: str | None = None
    caveats: tuple[str, ...] = ()


def measure_case(case: Case, plan: Plan, tell: Tell) -> list[Outcome]:
    """Give one outcome per contender, in the case's order; a contender that fails is not run again."""
    contenders = [c for c in case.contenders if plan.peers is None or c.rival in plan.peers]
    ledgers = {contender: _Ledger() for contender in contenders}
    for contender in contenders:
        datasets.truth(case.input_of(contender, plan.quick), _rules(case, contender))  # made before the clock starts
    for number in range(plan.rounds):
        for contender in _rotated(contenders, number):
            ledger = ledgers[contender]
            if ledger.problem or (contender.on_tenth and ledger.runs):
                continue
            _one_round(case, contender, plan, ledger)
            tell(f"{case.name}  round {number + 1}  {_line(contender, ledger)}")
    return [_outcome(case, contender, plan, ledgers[contender]) for contender in contenders]


def rows_of(case: Case, quick: bool) -> int:
    """Give the number of rows that a case's contenders work on, but for those that get a tenth."""
    return _rows(case, Contender("conduit"), quick)


def _rows(case: Case, contender: Contender, quick: bool) -> int:
    """Give the number of rows that a contender reads."""
    found = datasets.truth(case.input_of(contender, quick), _rules(case, contender))
    return int(found["rows"] + found.get("rejected", {"rows": 0})["rows"])


def _rules(case: Case, contender: Contender) -> str:
    return case.rules if RIVALS[contender.rival].is_checking else ""


def _rotated(contenders: list[Contender], number: int) -> list[Contender]:
    start = number % len(contenders) if contenders else 0
    return contenders[start:] + contenders[:start]


def _one_round(case: Case, contender: Contender, plan: Plan, ledger: _Ledger) -> None:
    is_brief = case.repeats > 1
    if is_brief and not ledger.runs:
        _run_once(case, contender, plan)  # warms the rival's own files
    for _ in range(case.repeats):
        measured, verdict, caveat = _run_once(case, contender, plan)
        ledger.problem = _without_paths(measured.failure or verdict.wrong)
        ledger.caveats = (*([caveat] if caveat else []), *verdict.caveats)
        if not measured.failure:
            ledger.runs.append(Run.of(measured))
        if ledger.problem:
            return


def _run_once(case: Case, contender: Contender, plan: Plan) -> tuple[Measurement, Verdict, str | None]:
    dataset = case.input_of(contender, plan.quick)
    source = datasets.ensure(dataset)
    nothing_wrong = Verdict(None, ())
    with _scratch() as folder:
        rules = _rules(case, contender)
        job = Job(case.work, dataset.schema, source, folder, case.rules)
        try:
            prepared = RIVALS[contender.rival].prepare(job)
        except environments.Missing as missing:
            return Measurement(0, 0, 0, 0, f"failed: {missing}"), nothing_wrong, None
        datasets.warm(source)
        measured = run(prepared.command, plan.timeout_seconds)
        if measured.failure or prepared.output is None:
            return measured, nothing_wrong, prepared.caveat
        truth = datasets.truth(dataset, rules)
        verdict = judge(prepared.output, prepared.rejects, dataset.schema, truth, folder)
        return measured, verdict, prepared.caveat


def _without_paths(problem: str | None) -> str | None:
    """Take this machine's folders out of what a program said; the results are published."""
    if problem is None:
        return None
    return re.sub(rf"{re.escape(str(cache.root()))}(/scratch/[^/\s'\"]+)?", "…", problem)


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give an empty folder on the cache's disk and remove it afterwards, output and all."""
    folder = Path(tempfile.mkdtemp(dir=cache.folder("scratch")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _line(contender: Contender, ledger: _Ledger) -> str:
    name = contender.rival + (" (a tenth)" if contender.on_tenth else "")
    if not ledger.runs:
        return f"{name:24} {ledger.problem}"
    last = ledger.runs[-1]
    figures = f"{last.wall_seconds:8.3f} s  {last.cpu_seconds:8.3f} CPU s  {last.peak_mb:7.0f} MB"
    notes = [ledger.problem, *ledger.caveats]
    return f"{name:24} {figures}  {'; '.join(note for note in notes if note)}".rstrip()


def _outcome(case: Case, contender: Contender, plan: Plan, ledger: _Ledger) -> Outcome:
    rival = RIVALS[contender.rival]
    scale = 1.0
    if contender.on_tenth:
        scale = rows_of(case, plan.quick) / _rows(case, contender, plan.quick)
    return Outcome(
        case=case.name,
        rival=rival.key,
        label=rival.label,
        runs=tuple(ledger.runs),
        scale=scale,
        problem=ledger.problem,
        caveats=ledger.caveats,
    )
