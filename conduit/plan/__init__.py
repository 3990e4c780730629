"""What a run would do, before it does it. `conduit.plan("ingest.yml")` is this package, called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conduit.plan.plan import Plan


class _Callable(ModuleType):
    """Python sets `conduit.plan` to this package once a part of it is imported; so it does what the function does."""

    def __call__(
        self, config: str | Path = "ingest.yml", resource: str | Sequence[str] | None = None, *, offline: bool = False
    ) -> Plan:
        from conduit.plan.plan import plan

        return plan(config, resource, offline=offline)


sys.modules[__name__].__class__ = _Callable
