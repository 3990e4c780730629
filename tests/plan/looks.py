"""A project for the tests, and everything that is in a folder, to see that looking has left it as it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

from conduit.config.load import load_project
from conduit.config.project import Project
from conduit.engine.report import RunReport
from conduit.engine.runner import run_project
from conduit.plan.plan import Plan, plan_project

ORDERS = "id,name,amount\n1,ada,1.5\n2,bob,2.25\n3,cleo,4\n"


def project(folder: Path, text: str) -> Project:
    path = folder / "ingest.yml"
    path.write_text(text)
    return load_project(path, environment={})


def planned(folder: Path, text: str, *names: str, offline: bool = False) -> Plan:
    return plan_project(project(folder, text), select=names or None, offline=offline)


def loaded(folder: Path, text: str) -> RunReport:
    report = run_project(project(folder, text))
    assert report.ok, [str(resource.error) for resource in report.resources]
    return report


def one(to: str, more: str = "", source: str = "type: csv, path: orders.csv") -> str:
    """A configuration of one resource, `orders`; `more` are further keys of it."""
    return (
        f"sources: [{{name: till, {source}}}]\n"
        f"destinations: [{{name: lake, {to}}}]\n"
        f"resources:\n- name: orders\n  source: till\n  destination: lake\n{more}"
    )


def everything_in(folder: Path) -> dict[str, str]:
    """Every path below a folder, with a digest of what is in it and when it was written."""
    return {
        str(path.relative_to(folder)): f"{path.stat().st_mtime_ns} {_digest(path)}"
        for path in sorted(folder.rglob("*"))
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "a folder"
