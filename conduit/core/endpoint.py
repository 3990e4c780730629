"""A connector with its options, under the name that the user gave it."""

from __future__ import annotations

from dataclasses import dataclass

from conduit.core.options import Options


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A named source or destination: its connector type and its validated options. `place` is file:line:column."""

    name: str
    type: str
    options: Options
    place: str = ""
