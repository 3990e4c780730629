"""The command line: ``python -m benchmarks [run | setup | report]``; see README.md beside this file."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import cache, environments, report, results_file
from benchmarks.cases import CASES
from benchmarks.rivals import RIVALS
from benchmarks.rounds import Plan, measure_case, rows_of


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; give the exit code: 0, or 1 when Conduit failed or was wrong."""
    options = _parser().parse_args(arguments)
    if options.list:
        _list()
        return 0
    if options.step == "setup":
        return _setup(options.only_environments)
    folder = Path(options.output) if options.output else _folder(options.quick)
    if options.step == "run":
        _measure(options, folder)
    results = results_file.read_all(folder)
    _tell(f"table  {report.write(results, folder)}")
    if not options.no_chart:
        from benchmarks import chart  # matplotlib: not before the last process was measured

        _tell(f"chart  {chart.write(results, folder)}")
    ours = [outcome for result in results for outcome in result.outcomes if outcome.rival == "conduit"]
    return int(any(outcome.problem for outcome in ours))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Conduit beside its rivals.")
    parser.add_argument(
        "step", nargs="?", choices=("run", "setup", "report"), default="run",
        help="run cases (default); build the rivals' environments; only write table and chart again",
    )  # fmt: skip
    parser.add_argument("--only", metavar="CASE", type=_names(CASES), help="cases, separated by commas")
    parser.add_argument("--peers", metavar="A,B", type=_names(RIVALS), help="rivals, separated by commas")
    parser.add_argument("--rounds", metavar="N", type=int, help="rounds per case (default 5; 1 with --quick)")
    parser.add_argument("--quick", action="store_true", help="one round on small data; proves the machinery, not speed")
    parser.add_argument("--timeout", metavar="S", type=float, default=1800, help="seconds per process (default 1800)")
    parser.add_argument("--output", metavar="DIR", help="where results go (default benchmarks/results)")
    parser.add_argument("--no-chart", action="store_true", help="do not draw the PNG")
    parser.add_argument("--list", action="store_true", help="list cases and rivals, and stop")
    parser.add_argument(
        "--environments", dest="only_environments", metavar="A,B", type=_names(environments.ENVIRONMENTS),
        help="with setup: only these environments",
    )  # fmt: skip
    return parser


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Give a parser of comma-separated names that refuses unknown ones."""

    def parse(text: str) -> list[str]:
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return names

    return parse


def _list() -> None:
    for case in CASES.values():
        contenders = ", ".join(c.rival + ("/10" if c.on_tenth else "") for c in case.contenders)
        print(f"{case.name:18} {case.title}: {case.detail}\n{'':18} {contenders}")


def _setup(names: list[str] | None) -> int:
    told = environments.build(names or list(environments.ENVIRONMENTS))
    for name, word in told.items():
        _tell(f"{name:10} {word}")
    return int(any(word.startswith("failed") for word in told.values()))


def _folder(quick: bool) -> Path:
    return cache.folder("quick-results") if quick else results_file.FOLDER


def _measure(options: argparse.Namespace, folder: Path) -> None:
    rounds = options.rounds or (1 if options.quick else 5)
    peers = frozenset(options.peers) if options.peers else None
    plan = Plan(rounds, options.quick, peers, options.timeout)
    conditions = results_file.conditions(rounds, options.quick)
    for name in options.only or CASES:
        outcomes = measure_case(CASES[name], plan, _tell)
        rows = rows_of(CASES[name], options.quick)
        results_file.write(results_file.CaseResult(name, tuple(outcomes), rows, conditions), folder)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
