"""What stands against a load, collected while a plan looks around, so that one problem hides no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from conduit.core.position import Json
from conduit.errors import ConduitError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as data: what the run would end with. `details` are the lines of one that has several.

    `cause` is the exception itself, for a traceback.
    """

    message: str
    code: str = ConduitError.code
    place: str = ""
    remedy: str = ""
    details: tuple[str, ...] = ()
    exit_code: int = ConduitError.exit_code
    cause: Exception | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, error: Exception) -> Problem:
        """An error that Conduit raised on purpose, or any other, named by its type."""
        if isinstance(error, ConduitError):
            return cls(error.message, error.code, error.place, error.remedy, error.problems, error.exit_code, error)
        said = f"Unexpected {type(error).__name__}: {error}".removesuffix(": ")
        return cls(said, remedy="This is a defect of a connector or of Conduit: please report it.", cause=error)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return " ".join(part for part in (text, *self.details, self.remedy) if part)

    def as_dict(self) -> dict[str, Json]:
        """A JSON-able form."""
        return {
            "message": self.message,
            "code": self.code,
            "place": self.place,
            "remedy": self.remedy,
            "details": list(self.details),
            "exit_code": self.exit_code,
        }


class Noted:
    """Problems and notices of one resource, each once and in order."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._notices: dict[str, None] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems)

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(self._notices)

    def notice(self, sentence: str) -> None:
        """Note a sentence that the user should see."""
        self._notices[sentence] = None

    def attempt(self, look: Callable[[], T]) -> T | None:
        """What `look` gives; None after what it raised was noted."""
        try:
            return look()
        except Exception as failed:  # a connector of somebody else's may raise anything
            self._problems[Problem.of(failed)] = None
            return None
