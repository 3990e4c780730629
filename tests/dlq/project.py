"""A folder with a configuration whose loads reject rows, and what becomes of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from conduit.config.load import load_project
from conduit.engine.replay import Replay, Selection
from conduit.engine.report import ResourceReport, RunReport
from conduit.engine.runner import run_project

LIMIT = "{column: n, check: range, max: %d, action: dlq}"
ROWS = "id,name,n\n1,a,1\n2,b,200\n3,c,300\nx,d,4\n5,e,500\n"


class Rejecting:
    """`orders`, from CSV to wherever `destination` says, with a check on `n` whose bound can be moved."""

    def __init__(
        self,
        folder: Path,
        *,
        rows: str = ROWS,
        destination: str = "type: parquet, path: out/",
        extra: str = "",
        columns: str = "id: int64, name: string, n: int64",
    ) -> None:
        self.folder = folder
        self._destination, self._extra, self._columns = destination, extra, columns
        self.fill(rows)
        self.configure()

    def fill(self, rows: str) -> None:
        (self.folder / "in.csv").write_text(rows)

    def configure(self, *, bound: int = 100, checks: str | None = None, dlq: str = "{}", more: str = "") -> None:
        checks = LIMIT % bound if checks is None else checks
        (self.folder / "ingest.yml").write_text(f"""
sources: [{{name: files, type: csv, path: in.csv, delimiter: ",", header: true, columns: {{{self._columns}}}}}]
destinations: [{{name: lake, {self._destination}}}{more}]
dlq: {dlq}
resources:
  - {{name: orders, source: files, destination: lake, checks: [{checks}]{self._extra}}}
""")

    def load(self) -> ResourceReport:
        return _only(run_project(load_project(self.folder / "ingest.yml")))

    def replay(self, *, dry_run: bool = False, **selection: Any) -> ResourceReport:
        project = load_project(self.folder / "ingest.yml")
        replay = Replay(project.resource("orders"), Selection(**selection), project.state_dir)
        return _only(run_project(project, replay=replay, dry_run=dry_run))

    @property
    def state_dir(self) -> Path:
        return self.folder / ".conduit"

    def loaded(self) -> Counter[Any]:
        """The ids in the destination, a folder of Parquet."""
        files = (self.folder / "out").glob("*.parquet")
        return Counter(id for file in files for id in pq.ParquetFile(file).read()["id"].to_pylist())


def books(report: ResourceReport) -> tuple[int, int, int]:
    """Read, written, rejected."""
    assert report.status == "ok", report.error
    return report.accounting.read, report.accounting.written, report.accounting.rejected


def edit_lines(path: Path, edit: Any) -> None:
    """Change the rows of an NDJSON file: `edit` gets each as a dictionary and returns it, or None to take it out."""
    rows = [edit(json.loads(line)) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row is not None))


def _only(report: RunReport) -> ResourceReport:
    (resource,) = report.resources
    return resource
