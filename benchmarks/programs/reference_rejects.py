"""Which rows the rules reject, by the standard library alone: the judge's own reading of rules.py."""

import hashlib
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from benchmarks.programs.rules import RULES, Rule

Column = list[str | None]
# What is compared of a rejected row; with its rule, that tells every row of lineitem from every other.
SHOWN = ("l_orderkey", "l_linenumber", "l_extendedprice")


class Sieve:
    """Takes rejected rows out of blocks of columns, one block after the other, and keeps what is said of them."""

    def __init__(self, rules: str, names: list[str]) -> None:
        self._rules = RULES[rules]
        self._names = names
        self._keys: set[tuple[str | None, ...]] = set()
        self._lines: list[str] = []

    def passed(self, block: list[Column]) -> list[Column]:
        """Give the block without the rows that a rule rejects."""
        columns = dict(zip(self._names, block, strict=True))
        rows = len(block[0])
        reason: list[str | None] = [None] * rows
        # In reverse: the first rule that a row fails has the last word.
        for rule in reversed(self._rules):
            for row, failed in enumerate(self._failed(rule, columns)):
                if failed:
                    reason[row] = rule["check"]
        shown = [columns[name] for name in SHOWN]
        for row in range(rows):
            if reason[row]:
                self._lines.append(",".join([*(str(column[row]) for column in shown), str(reason[row])]))
        return [[value for value, why in zip(column, reason, strict=True) if why is None] for column in block]

    def rejected(self) -> dict[str, Any]:
        """Give the number of rejected rows for each reason, and a digest of all of them in order."""
        return told(self._lines)

    def _failed(self, rule: Rule, columns: dict[str, Column]) -> list[bool]:
        if rule["check"] == "unique":
            return [self._is_known(key) for key in zip(*(columns[name] for name in rule["columns"]), strict=True)]
        values = columns[rule["column"]]
        match rule["check"]:
            case "not_null":
                return [value is None for value in values]
            case "regex":
                found = re.compile(rule["pattern"]).search
                return [value is not None and not found(value) for value in values]
            case "range":
                low, high = Decimal(rule.get("min", "-Infinity")), Decimal(rule.get("max", "Infinity"))
                return [value is not None and not low <= Decimal(value) <= high for value in values]
            case "enum":
                return [value is not None and value not in rule["allowed_values"] for value in values]
            case other:
                raise SystemExit(f"the reference knows no rule {other!r}")

    def _is_known(self, key: tuple[str | None, ...]) -> bool:
        known = key in self._keys
        self._keys.add(key)
        return known and None not in key


def told(lines: list[str]) -> dict[str, Any]:
    """Give what is compared: rows by reason (the last field of a line), and a digest of the sorted lines."""
    reasons = Counter(line.rpartition(",")[2] for line in lines)
    digest = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return {"rows": len(lines), "reasons": dict(sorted(reasons.items())), "digest": digest}
