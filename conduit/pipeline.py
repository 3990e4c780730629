"""A lazy movement of data, built step by step in a notebook; the same thing that a YAML resource declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conduit.config.project import DEFAULT_MEMORY, Endpoint, Project, Resource
from conduit.config.render import resource_to_yaml
from conduit.core.events import Event
from conduit.core.spec import OnTypeError
from conduit.engine.report import RunReport
from conduit.engine.runner import run_project
from conduit.engine.stream import Stream
from conduit.errors import ConfigError, UsageError
from conduit.frames import Frames
from conduit.places import endpoint, locate
from conduit.quality.declare import declared_checks
from conduit.quality.model import Action, AnyCheck, Unique
from conduit.registry import destination_class, destination_names
from conduit.settings import SETTINGS, with_settings, write_mode

if TYPE_CHECKING:
    from conduit.schema.infer import Inference
    from conduit.schema.naming import Naming


@dataclass(frozen=True, slots=True, repr=False)
class Pipeline(Frames):
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
        short = {
            "not_null": not_null,
            "unique": unique,
            "regex": regex,
            "min": min,
            "max": max,
            "enum": enum,
            "expression": expression,
            "type": type,
            "references": None if references is None else _referenced(references),
        }
        added = declared_checks(column, check, short, {"action": action, **options})
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
        schema_evolution: bool | Mapping[str, Any] | None = None,
        contract: str | Mapping[str, Any] | None = None,
        validate_schema: bool | None = None,
        strict_validation: bool | None = None,
        required_columns: str | Sequence[str] | None = None,
        naming: Naming | None = None,
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

        `schema_evolution=True` lets the table follow the data; a mapping, or a `contract`, says what may change.
        `validate_schema`, `strict_validation` and `required_columns` are asked of the data before a row is read, and
        `naming="snake_case"` spells the names of all columns alike: each as the key of a configuration.
        """
        resource = self.resource(target, type=type, name=name, mode=mode, unique_key=unique_key, options=options)
        settings = {
            "profile": profile,
            "on_type_error": on_type_error,
            "schema_evolution": schema_evolution,
            "contract": contract,
            "validate_schema": validate_schema,
            "strict_validation": strict_validation,
            "required_columns": required_columns,
            "naming": naming,
        }
        resource = with_settings(resource, settings)
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
        settings = {key: options.pop(key, None) for key in SETTINGS}
        if target is None and self.declared is None:
            type = "dummydestination"
        resource = self.resource(target, type=type, name=name, mode=mode, unique_key=key, options=options)
        if resource.source.type == "arrow":
            raise UsageError("A pipeline that reads an object in memory cannot be written as a configuration.")
        return resource_to_yaml(with_settings(resource, settings))

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
            mode=write_mode(mode) or base.mode,
            keys=key,
            columns=self.columns,
            rename=dict(self.renamed),
            cast=dict(self.casts),
            filter=self.condition,
            limit=self.rows,
            checks=self.checks,
        )

    def infer(self, sample_size: int = 30_000) -> Inference:
        """The schema with its evidence, from so many rows of the head, the middle and the tail; nothing is loaded."""
        from conduit.engine.sampling import infer_resource

        return infer_resource(self.resource(None, type=None if self.declared else "dummydestination"), sample_size)

    def _stream(self) -> Stream:
        nowhere = endpoint("destination", "dummydestination", "nowhere", {})
        resource = replace(self, declared=None).resource(None, type="dummydestination")
        # Where there is no destination, only the run's own keys count.
        checks = (c.model_copy(update={"against": "run"}) if isinstance(c, Unique) else c for c in resource.checks)
        resource = replace(resource, checks=tuple(checks))
        # Of what a configuration declares, what tells how rows look holds here too.
        like = self.declared or resource
        shaped = replace(resource, on_type_error=like.on_type_error, naming=like.naming)
        return Stream(replace(shaped, destination=nowhere, profile=None))

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
