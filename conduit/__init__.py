"""Conduit: data loading that proves itself, at Arrow speed. Importing this package imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "1.0.0"

if TYPE_CHECKING:
    from conduit.api import Pipeline, ResourceReport, RunReport, load, read, run
    from conduit.plan.plan import Plan, plan
    from conduit.quality.custom import check

_LAZY = {
    **dict.fromkeys(("Pipeline", "ResourceReport", "RunReport", "load", "read", "run"), "conduit.api"),
    "check": "conduit.quality.custom",
    "plan": "conduit.plan",
    "Plan": "conduit.plan.plan",
}

__all__ = ["Pipeline", "Plan", "ResourceReport", "RunReport", "__version__", "check", "load", "plan", "read", "run"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        found = import_module(_LAZY[name])
        # The package of plans is itself what is called.
        return found if name == "plan" else getattr(found, name)
    raise AttributeError(f"module 'conduit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
