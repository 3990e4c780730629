"""From a resource's definition to what observes its rows: table checks, and the profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.config.project import Resource
from conduit.config.secrecy import secrets_in
from conduit.engine.context import RunContext
from conduit.state.epochs import rows_written_before

if TYPE_CHECKING:
    from conduit.quality.model import AnyCheck, AnyRowCheck, AnyTableCheck
    from conduit.quality.observer import Observer
    from conduit.quality.profile.profiler import Profiler
    from conduit.quality.table_checks import TableChecks


def sorted_out(checks: Sequence[AnyCheck]) -> tuple[list[AnyRowCheck], list[AnyTableCheck]]:
    """The checks of rows, and those of the whole load, each in their order."""
    if not checks:
        return [], []
    from conduit.quality.model import TableCheck

    of_rows: list[AnyRowCheck] = []
    of_table: list[AnyTableCheck] = []
    for check in checks:
        if isinstance(check, TableCheck):
            of_table.append(check)
        else:
            of_rows.append(check)
    return of_rows, of_table


def observer_of(
    resource: Resource, checks: Sequence[AnyTableCheck], schema: pa.Schema, context: RunContext
) -> Observer | None:
    """What observes rows of `schema` that will be written; None where nothing is asked for.

    Rejects that are sent again are not the load that table checks are about. Raises ConfigError for a column or a
    value that cannot be.
    """
    judged = checks if context.replay is None else ()
    if not judged and resource.profile is None:
        return None
    from conduit.quality.observer import Observer

    return Observer(_table_checks(resource, judged, schema, context), _profiler(resource, schema))


def _table_checks(
    resource: Resource, checks: Sequence[AnyTableCheck], schema: pa.Schema, context: RunContext
) -> TableChecks | None:
    if not checks:
        return None
    from conduit.quality.table_checks import TableChecks

    return TableChecks(
        checks,
        schema,
        started=context.started,
        rows_before=_rows_before(resource, checks, context),
        spill_directory=context.state_dir / "spill" if context.database else None,
    )


def _profiler(resource: Resource, schema: pa.Schema) -> Profiler | None:
    if resource.profile is None:
        return None
    from conduit.quality.profile.profiler import Profiler

    secrets = (*secrets_in(resource.source.options), *secrets_in(resource.destination.options))
    return Profiler(schema, resource.profile, secrets)


def _rows_before(resource: Resource, checks: Sequence[AnyTableCheck], context: RunContext) -> int | None:
    shrinking = [check.label for check in checks if check.check == "no_shrink"]
    if not shrinking:
        return None
    if context.database is None:
        context.notice(resource.name, f"{shrinking[0]}: a run without state knows of no earlier load; it passes.")
        return None
    before = rows_written_before(context.database, resource.name, context.run_id)
    if before is None:
        context.notice(resource.name, f"{shrinking[0]}: there is no earlier load to compare with; it passes.")
    return before
