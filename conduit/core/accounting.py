"""The books of a load: read = written + rejected + filtered + deduplicated, at every moment a commit is near."""

from __future__ import annotations

from dataclasses import dataclass

from conduit.errors import AccountingError


@dataclass(frozen=True, slots=True)
class Accounting:
    """Row counts of a resource, an epoch or a slice; they add up."""

    read: int = 0
    written: int = 0
    rejected: int = 0
    filtered: int = 0
    deduplicated: int = 0

    def __add__(self, other: Accounting) -> Accounting:
        return Accounting(
            self.read + other.read,
            self.written + other.written,
            self.rejected + other.rejected,
            self.filtered + other.filtered,
            self.deduplicated + other.deduplicated,
        )

    @property
    def residue(self) -> int:
        """Rows read that nobody accounts for; anything but zero is a defect."""
        return self.read - self.written - self.rejected - self.filtered - self.deduplicated

    def require_balance(self, place: str) -> None:
        """Raise AccountingError, naming the residue, unless every row read is accounted for."""
        if self.residue:
            raise AccountingError(
                f"The books do not balance: read {self.read:,} = written {self.written:,} + rejected "
                f"{self.rejected:,} + filtered {self.filtered:,} + deduplicated {self.deduplicated:,} leaves "
                f"a residue of {self.residue:,} rows.",
                place=place,
                remedy="Nothing was committed. This is a defect of a connector or of Conduit: please report it.",
            )
