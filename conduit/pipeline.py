"""A lazy movement of data, built step by step in a notebook; the same thing that a YAML resource declares."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from conduit.config.profile import declared_profile
from conduit.config.project import DEFAULT_MEMORY, Endpoint, Project, Resource
from conduit.config.render import resource_to_yaml
from conduit.core.events import Event
from conduit.core.spec import OnTypeError, WriteMode
from conduit.engine.report import RunReport
from conduit.engine.runner import run_project
from conduit.engine.stream import Stream
from conduit.errors import ConfigError, MissingExtra, UnknownName, UsageError
from conduit.places import endpoint, locate
from conduit.quality.declare import declared_check
from conduit.quality.model import Action, AnyCheck, Unique
from conduit.registry import destination_class, destination_names

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow as pa


@dataclass(frozen=True, slots=True, repr=False)
class Pipeline:
    """A movement of data that has not happened yet. Each method returns a new pipeline and leaves this one as it was.

    The order is fixed, whatever the order of the calls: filter, limit, select, rename, cast, check.
    """

    source: Endpoint
    name: str | None = None
    columns: tuple[str, ...] | None = None
    renamed: tuple[tuple[str, str], ...] = ()
    casts: tuple[tuple[str, str], ...] = ()
    condition: str | None = None
    rows: int | None = None
    checks: tuple[AnyCheck, ...] = ()
    declared: Resource | None = None
    project: Project | None = None

    def select(self, *columns: str) -> Pipeline:
        """Keep these columns, in this order."""
        return replace(self, columns=columns)

    def rename(self, names: Mapping[str, str] | None = None, /, **more: str) -> Pipeline:
        """Rename columns, old name to new name."""
        return replace(self, renamed=(*self.renamed, *{**(names or {}), **more}.items()))

    def cast(self, types: Mapping[str, str] | None = None, /, **more: str) -> Pipeline:
        """Cast columns (by their new names) to types such as "int64", "decimal(12,2)", "timestamp[us, UTC]".

        A value that does not fit without loss is a reject.
        """
        return replace(self, casts=(*self.casts, *{**(types or {}), **more}.items()))

    def filter(self, condition: str) -> Pipeline:
        """Keep the rows for which a SQL condition on the source's columns is true; several calls are joined by AND."""
        both = condition if self.condition is None else f"({self.condition}) AND ({condition})"
        return replace(self, condition=both)

    def limit(self, rows: int) -> Pipeline:
        """Stop after so many rows."""
        if rows < 0:
            raise UsageError(f"A limit cannot be negative: {rows}.")
        return replace(self, rows=rows if self.rows is None else min(rows, self.rows))

    def check(
        self,
        column: str | Sequence[str] | None = None,
        check: str | None = None,
        /,
        *,
        not_null: bool = False,
        unique: bool = False,
        regex: str | None = None,
        min: Any = None,
        max: Any = None,
        enum: Sequence[Any] | None = None,
        expression: str | None = None,
        type: str | None = None,
        references: Pipeline | None = None,
        action: Action = "fail",
        **options: Any,
    ) -> Pipeline:
        """Add quality checks on a column: `.check("email", regex=r"@", action="warn")`, `.check("id", unique=True)`.

        `check` names any check with its own options: `.check("id", "range", min=1)`, one of your own among them; one
        over several columns takes none of its own: `.check(expression="amount <= total")`. `references` is a pipeline
        that only reads: `.check("customer_id", references=conduit.read("customers.csv"), to="id")`. `action` is what a
        failing row causes: `fail` the run, `warn`, or send it to the `dlq`. `options` are the checks' own. Raises
        ConfigError for options that do not fit.

        Checks of the whole load go by their names too: `.check("amount", "mean", min=1)`,
        `.check(None, "row_count", min=1)`.
        """
        named: list[dict[str, Any]] = []
        bounds = {key: value for key, value in (("min", min), ("max", max)) if value is not None}
        if check is not None:
            named.append({"check": check, **bounds, **({} if type is None else {"type": type})})
            bounds, type = {}, None
        named += [{"check": "not_null"}] if not_null else []
        named += [{"check": "unique"}] if unique else []
        named += [{"check": "regex", "pattern": regex}] if regex is not None else []
        named += [{"check": "range", **bounds}] if bounds else []
        named += [{"check": "enum", "allowed_values": list(enum)}] if enum is not None else []
        named += [{"check": "expression", "expression": expression}] if expression is not None else []
        named += [{"check": "type", "type": type}] if type is not None else []
        named += [{"check": "references", "source": _referenced(references)}] if references is not None else []
        if not named:
            raise ConfigError(f"No check is named for {column!r}.", remedy='Say which: .check("id", unique=True)')
        key = {} if column is None else {"column" if isinstance(column, str) else "columns": column}
        added = (declared_check({**key, "action": action, **keys, **options}) for keys in named)
        return replace(self, checks=(*self.checks, *added))

    def to(
        self,
        target: Any = None,
        /,
        *,
        type: str | None = None,
        name: str | None = None,
        mode: str | None = None,
        unique_key: str | Sequence[str] | None = None,
        on_reject: str = "dlq",
        on_type_error: OnTypeError | None = None,
        state_dir: str | Path = ".conduit",
        memory: int = DEFAULT_MEMORY,
        fresh: bool = False,
        profile: bool | Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] | None = None,
        **options: Any,
    ) -> RunReport:
        """Load into `target`: a path, URL or connector name, with the connector's options. Raises when it fails.

        `mode` is append, full_refresh or upsert (with `unique_key`); by default a single file is refreshed and
        everything else appended to. `name` is what the load is called in state and manifest. A pipeline of
        `conduit.load` needs no target: it goes where its configuration says. `profile` False leaves the columns
        unprofiled; a mapping says what the profile shows: `profile={"sample_rows": 3, "mask": ["email"]}`.
        `on_type_error` says what becomes of a value that its type cannot hold without loss: its row goes to the `dlq`
        (the default), the load `fail`s, or the value becomes `null` and is counted in the report.
        """
        resource = self.resource(target, type=type, name=name, mode=mode, unique_key=unique_key, options=options)
        if profile is not None:
            resource = replace(resource, profile=declared_profile(profile))
        if on_type_error is not None:
            resource = replace(resource, on_type_error=_on_type_error(on_type_error))
        project = self.project
        if project is None or target is not None:
            resource = replace(resource, on_reject=on_reject)
            here = Path.cwd()
            project = Project((resource,), here, here / state_dir, memory=memory)
        project = replace(project, resources=(resource,))
        report = run_project(project, fresh=fresh, listen=[on_event] if on_event else [])
        error = report.resources[0].error
        if error is not None:
            raise error
        return report

    def to_yaml(
        self, target: Any = None, /, *, type: str | None = None, name: str | None = None, **options: Any
    ) -> str:
        """The same pipeline as a configuration; without a target it goes to `dummydestination`."""
        mode, key = options.pop("mode", None), options.pop("unique_key", None)
        profile, on_type_error = options.pop("profile", None), options.pop("on_type_error", None)
        if target is None and self.declared is None:
            type = "dummydestination"
        resource = self.resource(target, type=type, name=name, mode=mode, unique_key=key, options=options)
        if profile is not None:
            resource = replace(resource, profile=declared_profile(profile))
        if on_type_error is not None:
            resource = replace(resource, on_type_error=_on_type_error(on_type_error))
        if resource.source.type == "arrow":
            raise UsageError("A pipeline that reads an object in memory cannot be written as a configuration.")
        return resource_to_yaml(resource)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema that the batches will have."""
        with self._stream() as stream:
            return stream.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches, one at a time, checked. A warning counts rows that are rejected and left out."""
        with self._stream() as stream:
            yield from stream.batches()
            if stream.rejected:
                warnings.warn(f"{stream.rejected:,} rows were rejected; the first: {stream.first}", stacklevel=2)
            for column, count in stream.nulled.items():
                warnings.warn(f"{count:,} values of {column!r} did not fit and became null", stacklevel=2)
            for failed in stream.failed_of_all():
                warnings.warn(f"The check {failed.label} failed: {failed.observed}", stacklevel=2)

    def to_arrow(self) -> pa.Table:
        """Everything as one pyarrow table, in memory."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(), self.schema)

    def to_polars(self) -> polars.DataFrame:
        """Everything as a polars frame, in memory."""
        import polars as pl

        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """Everything as a pandas frame, in memory, with Arrow's own types so that integers and NULLs stay exact."""
        try:
            import pandas as pd
        except ImportError as missing:
            raise MissingExtra.needed(".to_pandas()", "pandas") from missing
        return self.to_arrow().to_pandas(types_mapper=pd.ArrowDtype)

    def to_duckdb(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """Everything as a DuckDB relation, in memory."""
        import duckdb

        return (connection or duckdb.connect()).from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The batches as Arrow's C stream, read lazily: `pl.from_arrow(pipeline)`, `pa.table(pipeline)`."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self.batches()).__arrow_c_stream__(requested_schema)

    def resource(
        self,
        target: Any,
        *,
        type: str | None = None,
        name: str | None = None,
        mode: str | None = None,
        unique_key: str | Sequence[str] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Resource:
        """This pipeline as the resource that a configuration would declare."""
        if target is None and type is None and self.declared is not None:
            destination, base = self.declared.destination, self.declared
        else:
            kind, label, given = locate(target, type, dict(options or {}), destination_names(), "destination")
            table = None if "table" in destination_class(kind).options_model.model_fields else given.pop("table", None)
            destination = endpoint("destination", kind, label, given)
            base = Resource("", self.source, destination, table=table)
        key = (unique_key,) if isinstance(unique_key, str) else tuple(unique_key or base.keys)
        if mode == "upsert" and not key:
            raise ConfigError("An upsert needs `unique_key`.")
        return replace(
            base,
            name=name or self.name or base.name or f"{self.source.name}_to_{destination.name}",
            source=self.source,
            destination=destination,
            mode=_mode(mode) or base.mode,
            keys=key,
            columns=self.columns,
            rename=dict(self.renamed),
            cast=dict(self.casts),
            filter=self.condition,
            limit=self.rows,
            checks=self.checks,
        )

    def _stream(self) -> Stream:
        nowhere = endpoint("destination", "dummydestination", "nowhere", {})
        resource = replace(self, declared=None).resource(None, type="dummydestination")
        # Where there is no destination, only the run's own keys count.
        checks = (c.model_copy(update={"against": "run"}) if isinstance(c, Unique) else c for c in resource.checks)
        resource = replace(resource, checks=tuple(checks))
        on_type_error = self.declared.on_type_error if self.declared else resource.on_type_error
        return Stream(replace(resource, destination=nowhere, profile=None, on_type_error=on_type_error))

    def _repr_html_(self) -> str:
        from conduit.preview import html_preview

        return html_preview(self)

    def __repr__(self) -> str:
        steps = [f"{len(self.columns)} columns" if self.columns else "", self.condition or ""]
        detail = ", ".join(step for step in (*steps, f"{len(self.checks)} checks" if self.checks else "") if step)
        return f"<conduit.Pipeline {self.source.name} ({self.source.type}){': ' if detail else ''}{detail}>"


def declared_pipeline(resource: Resource, project: Project) -> Pipeline:
    """A configured resource as a pipeline that goes where its configuration says."""
    return Pipeline(
        source=resource.source,
        name=resource.name,
        columns=resource.columns,
        renamed=tuple(resource.rename.items()),
        casts=tuple(resource.cast.items()),
        condition=resource.filter,
        rows=resource.limit,
        checks=resource.checks,
        declared=resource,
        project=project,
    )


def _mode(mode: str | None) -> WriteMode | None:
    try:
        return None if mode is None else WriteMode(mode)
    except ValueError:
        raise UnknownName.among("write mode", str(mode), [known.value for known in WriteMode]) from None


def _on_type_error(action: str) -> OnTypeError:
    for known in get_args(OnTypeError):
        if action == known:
            return cast("OnTypeError", known)
    raise UnknownName.among("on_type_error", str(action), get_args(OnTypeError))


def _referenced(pipeline: Pipeline) -> Endpoint:
    """The source of a pipeline that does nothing but read."""
    if not isinstance(pipeline, Pipeline):
        raise ConfigError(f"A {type(pipeline).__name__} has no keys to refer to.", remedy="Give conduit.read(...).")
    if replace(pipeline, name=None, declared=None, project=None) != Pipeline(pipeline.source):
        raise ConfigError(
            "The keys that a check refers to are read as they are in their source.",
            remedy="Give conduit.read(...) without filter, select, rename, cast, limit and check, or with a `query`.",
        )
    return pipeline.source
