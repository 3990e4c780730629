"""What a configuration means once it is read and valid: frozen values that the plan, the CLI and the notebook share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conduit.core.endpoint import Endpoint
from conduit.core.spec import OnTypeError, WriteMode
from conduit.quality.profile.settings import ProfileSettings
from conduit.schema.contract import Contract

if TYPE_CHECKING:
    from conduit.quality.model import AnyCheck
    from conduit.schema.naming import Naming

__all__ = ["DEFAULT_MEMORY", "DlqSettings", "Endpoint", "Project", "Resource"]

DEFAULT_MEMORY = 256 << 20


@dataclass(frozen=True, slots=True)
class DlqSettings:
    """Where rejects are kept and for how long. `path` None means `.conduit/dlq` in the project's state folder.

    With a `destination` they go there instead, into `table` (None: the resource's name and `_rejects`).
    """

    path: str | None = None
    max_file_bytes: int = 64 << 20
    keep_runs: int | None = None
    keep_days: int | None = None
    destination: Endpoint | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One named movement from a source to a destination: the unit that is run, retried and shown.

    `profile` None: the columns are not profiled.
    """

    name: str
    source: Endpoint
    destination: Endpoint
    table: str | None = None
    mode: WriteMode | None = None
    keys: tuple[str, ...] = ()
    update_columns: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    cast: Mapping[str, str] = field(default_factory=dict)
    filter: str | None = None
    limit: int | None = None
    checks: tuple[AnyCheck, ...] = ()
    max_failures: int | None = None
    max_failure_rate: float | None = None
    profile: ProfileSettings | None = field(default_factory=ProfileSettings)
    on_reject: str = "dlq"
    on_type_error: OnTypeError = "dlq"
    dlq: DlqSettings = DlqSettings()
    contract: Contract = field(default_factory=Contract)
    naming: Naming = "preserve"
    depends_on: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    place: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A whole configuration. `memory` is the byte budget of a run; `state_dir` holds state, rejects and locks.

    `plugins` are the modules and files that brought checks of the user's own.
    """

    resources: tuple[Resource, ...]
    directory: Path
    state_dir: Path
    path: Path | None = None
    memory: int = DEFAULT_MEMORY
    jobs: int | None = None
    plugins: tuple[str, ...] = ()

    def resource(self, name: str) -> Resource:
        """The resource of that name. Raises UnknownName with the nearest one."""
        from conduit.errors import UnknownName

        for resource in self.resources:
            if resource.name == name:
                return resource
        raise UnknownName.among("resource", name, [r.name for r in self.resources])
