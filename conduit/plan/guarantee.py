"""What can be said beforehand about a row: that it is there once whatever crashes, or what exactly may happen to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conduit.core.request import Scan
from conduit.core.spec import Commit, DestinationSpec, WriteMode

# A load that is repeated leaves the same data in these modes.
_SAME_AGAIN = (WriteMode.FULL_REFRESH, WriteMode.UPSERT, WriteMode.INSERT_ONLY, WriteMode.DELETE_INSERT)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """`delivery` in two or three words, and whole sentences on what may happen where it is not all that is wished."""

    delivery: Literal["effectively once", "at least once"]
    but: tuple[str, ...] = ()


def guarantee_of(spec: DestinationSpec, mode: WriteMode, scan: Scan | None) -> Guarantee:
    """The guarantee of a load. Without a scan nothing is known of the source, which is said."""
    but = []
    if spec.commit is Commit.NONE:
        but.append("Rows are visible before the load is complete: one that fails half way is half visible.")
    repeatable = mode in _SAME_AGAIN
    if not spec.remembers:
        but.append(
            "The destination does not remember what landed: a load whose commit was cut short may be repeated"
            + (", which leaves the same data." if repeatable else ", and its rows are there twice then.")
        )
    elif scan is None:
        but.append("Whether the source can tell that its data is still the same is not known before it is scanned.")
    elif scan.fingerprint is None:
        but.append(
            "The source cannot tell whether its data is still the same: a load that was cut short right after its "
            "commit is repeated" + (", which leaves the same data." if repeatable else ", and doubles its rows.")
        )
    known = spec.remembers and (scan is None or scan.fingerprint is not None)
    return Guarantee("effectively once" if known or repeatable else "at least once", tuple(but))
