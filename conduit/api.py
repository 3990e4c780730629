"""The Python API: `conduit.read(...).check(...).to(...)`, and configurations from Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conduit.config.load import load_project
from conduit.core.events import Event
from conduit.engine.report import ResourceReport, RunReport
from conduit.engine.runner import run_project
from conduit.pipeline import Pipeline, declared_pipeline
from conduit.places import endpoint, locate
from conduit.registry import source_names

__all__ = ["Pipeline", "ResourceReport", "RunReport", "load", "read", "run"]


def read(source: Any, /, *, type: str | None = None, **options: Any) -> Pipeline:
    """A lazy pipeline that reads `source`; nothing is opened yet.

    `source` is a path, glob, directory or URL (the connector follows from its ending, or from `type`), the name of a
    connector (`conduit.read("generate", rows=1000)`), a database's URL with a `table` or a `query`, or any object with
    `__arrow_c_stream__`: a pyarrow table or reader, a polars or pandas frame, a DuckDB relation. `options` are the
    connector's own.

    Raises UnknownName and ConfigError for a connector or option that does not exist.
    """
    if hasattr(source, "__arrow_c_stream__"):
        return Pipeline(endpoint("source", "arrow", "arrow", {"data": source, **options}))
    kind, name, options = locate(source, type, options, source_names(), "source")
    return Pipeline(endpoint("source", kind, name, options))


def load(config: str | Path = "ingest.yml") -> Mapping[str, Pipeline]:
    """The resources of a configuration as pipelines, by name. Raises ConfigError with every problem of the file."""
    project = load_project(config)
    return {resource.name: declared_pipeline(resource, project) for resource in project.resources}


def run(
    config: str | Path = "ingest.yml",
    resource: str | Sequence[str] | None = None,
    *,
    dry_run: bool = False,
    jobs: int | None = None,
    fresh: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> RunReport:
    """Run a configuration, or some of its resources, and report. What went wrong is in the report, not raised.

    Raises ConfigError when the configuration is wrong, UnknownName for a resource that is not in it.
    """
    names = [resource] if isinstance(resource, str) else resource
    listeners = [on_event] if on_event else []
    project = load_project(config)
    return run_project(project, select=names, jobs=jobs, dry_run=dry_run, fresh=fresh, listen=listeners)
