"""Where reading can resume inside a partition: opaque JSON that only its source understands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias, Union

Json: TypeAlias = Union[bool, int, float, str, list["Json"], dict[str, "Json"], None]


@dataclass(frozen=True, slots=True)
class Position:
    """A point of a partition. Everything before it has been read; reading again from it yields the rest."""

    value: Json

    def dumps(self) -> str:
        return json.dumps(self.value, sort_keys=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Position:
        return cls(json.loads(text))
