"""What rows have to be like, as Conduit's YAML says it. The other programs spell the same in their own languages.

The file imports nothing: it is read inside the rivals' environments as well as by the benchmark itself.
"""

from typing import Any

Rule = dict[str, Any]

UNIQUE: Rule = {"check": "unique", "columns": ["l_orderkey", "l_linenumber"]}
FOUR: tuple[Rule, ...] = (
    {"check": "not_null", "column": "l_partkey"},
    {"check": "regex", "column": "l_shipinstruct", "pattern": "^[A-Z ]+$"},
    {"check": "range", "column": "l_quantity", "min": 1, "max": 50},
    {"check": "enum", "column": "l_returnflag", "allowed_values": ["A", "N", "R"]},
)

# Every failing row is rejected, for the first of these that it fails.
RULES: dict[str, tuple[Rule, ...]] = {
    "five": (*FOUR, UNIQUE),
    "four": FOUR,
    "none-passes": ({"check": "range", "column": "l_quantity", "max": 0},),
}
