"""A connectivity test, before anything moves. (A data-quality rule is a check.)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One finding of a preflight: what was tried, whether it held, and what to do when it did not."""

    name: str
    passed: bool
    detail: str = ""
    remedy: str = ""
