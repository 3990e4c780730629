"""The results as JSON: one file per case, so that measuring one case again leaves the others as they were."""

import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import environments
from benchmarks.cases import CASES
from benchmarks.outcome import Outcome

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The outcomes of a case, and under which conditions they were measured."""

    case: str
    outcomes: tuple[Outcome, ...]
    rows: int
    conditions: dict[str, Any]


def conditions(rounds: int, quick: bool) -> dict[str, Any]:
    """Describe the machine, the versions and the manner, without naming the machine."""
    versions = {name: environments.versions(name) for name in environments.ENVIRONMENTS}
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "rounds": rounds,
        "quick": quick,
        "processors": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {name: number for found in versions.values() for name, number in found.items()},
    }


def write(result: CaseResult, folder: Path) -> Path:
    """Write a case's file and give its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.case}.json"
    data = {
        "case": result.case,
        "title": CASES[result.case].title,
        "detail": CASES[result.case].detail,
        "rows": result.rows,
        "conditions": result.conditions,
        "outcomes": [outcome.to_json() for outcome in result.outcomes],
    }
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_all(folder: Path) -> list[CaseResult]:
    """Read every case measured so far, in the order of the case table."""
    found = []
    for name in CASES:
        path = folder / f"{name}.json"
        if path.exists():
            data = json.loads(path.read_text(encoding="utf-8"))
            outcomes = tuple(Outcome.from_json(outcome) for outcome in data["outcomes"])
            found.append(CaseResult(name, outcomes, data["rows"], data["conditions"]))
    return found
