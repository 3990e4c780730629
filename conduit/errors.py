"""Every exception that Conduit raises on purpose, grouped by what the engine does next.

ConduitError                      carries code, remedy, place; never a secret
├── UsageError                    CDT-1xx  the user changes a file or a command; nothing has run (exit 2)
│   ├── ConfigError               CDT-101  the YAML or the options are wrong: a list of problems
│   ├── UnknownName               CDT-102  a connector, resource or option that does not exist
│   └── MissingExtra              CDT-103  a driver that is not installed
├── FatalError                    CDT-2xx  trying again will not help (exit 1)
│   ├── SourceError               CDT-201  the source cannot be read: absent, corrupt, forbidden
│   ├── DestinationError          CDT-202  the destination cannot be written: full disk, foreign files
│   ├── AccountingError           CDT-203  the books do not balance
│   ├── SchemaError               CDT-204  the data and the table differ in structure; nothing is visible (exit 2)
│   ├── CommitRejected            CDT-205  the commit provably did not land
│   └── StateError                CDT-206  the state database is unusable
├── TransientError                CDT-3xx  the engine tries again with backoff
│   └── CommitUnknown             CDT-301  the commit may or may not have landed; `find` decides
├── DataError                     CDT-4xx  rows are at fault
│   └── QualityError              CDT-401  a check with action `fail`, or a threshold, was hit (exit 3)
├── Locked                        CDT-501  another process runs this resource (exit 75)
└── Cancelled                     CDT-502  the user stopped the run (exit 130 or 143)
"""

from __future__ import annotations

from collections.abc import Iterable


class ConduitError(Exception):
    """What happened, where, and what to do about it; `str()` is safe to print and to store.

    `code` is stable across releases, `remedy` is one sentence, `place` is a file:line:column, a path, a resource
    or a partition. `problems` holds each of several as a line of its own.
    """

    code = "CDT-000"
    exit_code = 1

    def __init__(self, message: str, *, problems: Iterable[str] = (), remedy: str = "", place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.remedy = remedy
        self.place = place

    @property
    def brief(self) -> str:
        """What happened and where, without what to do about it: one line."""
        return f"{self.place}: {self.message}" if self.place else self.message

    def __str__(self) -> str:
        return "\n  ".join([self.brief, *([self.remedy] if self.remedy else ()), *self.problems])


class UsageError(ConduitError):
    code = "CDT-100"
    exit_code = 2


class ConfigError(UsageError):
    """One or more problems in a configuration."""

    code = "CDT-101"


class UnknownName(UsageError):
    code = "CDT-102"

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str], *, place: str = "") -> UnknownName:
        """Name what was not found and the nearest known name, or all of them when none is near."""
        names = sorted(known)
        nearest = nearest_name(name, names)
        remedy = f"Did you mean {nearest!r}?" if nearest else f"Known: {', '.join(names) or 'none'}."
        return cls(f"There is no {kind} {name!r}.", remedy=remedy, place=place)


class MissingExtra(UsageError):
    code = "CDT-103"

    @classmethod
    def needed(cls, what: str, extra: str) -> MissingExtra:
        """Say which extra brings the driver that `what` needs."""
        return cls(f"{what} needs a driver that is not installed.", remedy=f"pip install 'conduit-core[{extra}]'")


class FatalError(ConduitError):
    code = "CDT-200"


class SourceError(FatalError):
    code = "CDT-201"


class DestinationError(FatalError):
    code = "CDT-202"


class AccountingError(FatalError):
    code = "CDT-203"


class SchemaError(FatalError):
    """Seen before data moves, or where a table has changed meanwhile; what to change is a file or the table."""

    code = "CDT-204"
    exit_code = 2


class CommitRejected(FatalError):
    code = "CDT-205"


class StateError(FatalError):
    code = "CDT-206"


class TransientError(ConduitError):
    code = "CDT-300"


class CommitUnknown(TransientError):
    code = "CDT-301"


class DataError(ConduitError):
    code = "CDT-400"


class QualityError(DataError):
    code = "CDT-401"
    exit_code = 3


class Locked(ConduitError):
    code = "CDT-501"
    exit_code = 75


class Cancelled(ConduitError):
    code = "CDT-502"
    exit_code = 130


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be, or None."""
    from difflib import get_close_matches

    found = get_close_matches(name.lower(), {n.lower(): n for n in known}, n=1, cutoff=0.6)
    return next((n for n in known if found and n.lower() == found[0]), None)
