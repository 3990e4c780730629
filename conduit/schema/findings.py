"""What stands against a load, and what a person should know of it: collected, so that all of it is told at once."""

from __future__ import annotations

from conduit.errors import SchemaError


class Findings:
    """Problems with their remedies, and warnings, each once and in order."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}
        self._warnings: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Whole sentences."""
        return tuple(self._warnings)

    def problem(self, sentence: str, remedy: str) -> None:
        """Note what keeps the load from being done; a sentence without its dot."""
        self._problems.setdefault(sentence, remedy)

    def warn(self, sentence: str) -> None:
        """Note what the load goes on with; a sentence without its dot."""
        self._warnings[f"{sentence[0].upper()}{sentence[1:]}."] = None

    def raise_if_any(self, place: str, table: str) -> None:
        """Raise SchemaError with all problems, if there is one."""
        if not self._problems:
            return
        (first, remedy), *others = self._problems.items()
        if not others:
            raise SchemaError(f"{first}.", place=place, remedy=remedy)
        raise SchemaError(
            f"The data does not go into {table!r} for {len(self._problems)} reasons.",
            problems=[f"{problem}. {advice}" for problem, advice in self._problems.items()],
            place=place,
        )
