"""Reports as a run hands them back, with defaults for what a test does not care about."""

from __future__ import annotations

from typing import Any

from conduit.engine.report import ResourceReport, RunReport


def run_report(*resources: ResourceReport, status: str = "ok", **more: Any) -> RunReport:
    return RunReport(**{"run_id": "r1", "status": status, "duration_seconds": 0.034, "resources": resources, **more})


def resource_report(name: str, status: str = "ok", *books: Any, **more: Any) -> ResourceReport:
    return ResourceReport(name, status, *books, **{"duration_seconds": 0.021, **more})
