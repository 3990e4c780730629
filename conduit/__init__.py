"""Conduit: data loading that proves itself, at Arrow speed. Importing this package imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "1.0.0"

if TYPE_CHECKING:
    from conduit.api import Pipeline, ResourceReport, RunReport, load, read, run
    from conduit.quality.custom import check

_LAZY = {
    **dict.fromkeys(("Pipeline", "ResourceReport", "RunReport", "load", "read", "run"), "conduit.api"),
    "check": "conduit.quality.custom",
}

__all__ = ["Pipeline", "ResourceReport", "RunReport", "__version__", "check", "load", "read", "run"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'conduit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
