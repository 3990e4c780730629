"""What a run did, as data, after it did it: the manifest's core, and what `.to()` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conduit.core.accounting import Accounting
from conduit.errors import ConduitError

if TYPE_CHECKING:
    from conduit.quality.profile.summary import Profile
    from conduit.quality.verdict import CheckResult
    from conduit.schema.conform import Nulled
    from conduit.schema.gate import LeftOut

_EXIT_CODES = {"ok": 0, "failed": 1, "quality": 3, "partial": 4, "locked": 75, "cancelled": 130}
_GOOD = ("ok", "recovered", "skipped")


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rejects of one reason: its code, how many, and the first one's message."""

    code: str
    count: int
    first: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """How the structure of the data differs `against` the last load or the destination; the event has the same."""

    against: str
    drift: dict[str, Any]
    summary: str
    ddl: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceReport:
    """What happened to one resource.

    `status` is ok | recovered (an earlier, interrupted run had committed it) | failed | quality | locked | cancelled
    | skipped (a resource that it depends on did not succeed). `bytes` is what was read, in memory.
    """

    name: str
    status: str
    accounting: Accounting = field(default_factory=Accounting)
    duration_seconds: float = 0.0
    bytes: int = 0
    error: Exception | None = None
    parts: tuple[str, ...] = ()
    destination: str = ""
    rejects: tuple[Rejects, ...] = ()
    nulled: tuple[Nulled, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    drifts: tuple[Drifted, ...] = ()
    dlq: str | None = None
    checks: tuple[CheckResult, ...] = ()
    profile: Profile | None = None
    notices: tuple[str, ...] = ()
    token: str = ""

    def as_dict(self) -> dict[str, Any]:
        error = self.error
        return {
            "name": self.name,
            "status": self.status,
            "accounting": _plain(self.accounting),
            "duration_seconds": round(self.duration_seconds, 6),
            "bytes": self.bytes,
            "error": None if error is None else str(error),
            "error_code": error.code if isinstance(error, ConduitError) else ("" if error is None else "CDT-000"),
            "parts": list(self.parts),
            "destination": self.destination,
            "rejects": [_plain(reject) for reject in self.rejects],
            "nulled": [_plain(column) for column in self.nulled],
            "left_out": [_plain(column) for column in self.left_out],
            "drifts": [_plain(drifted) for drifted in self.drifts],
            "dlq": self.dlq,
            "checks": [_plain(check) for check in self.checks],
            "profile": None if self.profile is None else self.profile.as_dict(),
            "notices": list(self.notices),
            "token": self.token,
        }


@dataclass(frozen=True, slots=True)
class RunReport:
    """What happened to all resources of a run.

    `status` is ok | failed | partial (some resources failed) | quality | locked | cancelled.
    """

    run_id: str
    status: str
    duration_seconds: float
    resources: tuple[ResourceReport, ...] = ()
    dry_run: bool = False
    notices: tuple[str, ...] = ()

    @property
    def accounting(self) -> Accounting:
        """The books of all resources together."""
        return sum((resource.accounting for resource in self.resources), Accounting())

    @property
    def exit_code(self) -> int:
        """What the process ends with; where nothing but, say, the configuration is at fault, the code of that."""
        errors = [resource.error for resource in self.resources if resource.error is not None]
        codes = {error.exit_code if isinstance(error, ConduitError) else 1 for error in errors}
        return codes.pop() if self.status == "failed" and len(codes) == 1 else _EXIT_CODES[self.status]

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "duration_seconds": round(self.duration_seconds, 6),
            "dry_run": self.dry_run,
            "accounting": _plain(self.accounting),
            "resources": [resource.as_dict() for resource in self.resources],
        }


def overall_status(reports: tuple[ResourceReport, ...]) -> str:
    """One word for a run: what its resources have in common, `partial` when some succeeded and some did not."""
    bad = [report.status for report in reports if report.status not in _GOOD]
    if not bad:
        return "ok"
    if "cancelled" in bad:
        return "cancelled"
    if any(report.status in ("ok", "recovered") for report in reports):
        return "partial"
    return bad[0] if len(set(bad)) == 1 else "failed"


def _plain(value: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(value)
