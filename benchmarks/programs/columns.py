"""The columns of every data set, by name and type, in words that belong to no library.

Each program translates these words into its own types, so that all of them are told exactly the same.
The file imports nothing: it is read inside the rivals' environments as well as by the benchmark itself.
"""

LINEITEM = {
    "l_orderkey": "int64",
    "l_partkey": "int64",
    "l_suppkey": "int64",
    "l_linenumber": "int64",
    "l_quantity": "decimal(15,2)",
    "l_extendedprice": "decimal(15,2)",
    "l_discount": "decimal(15,2)",
    "l_tax": "decimal(15,2)",
    "l_returnflag": "string",
    "l_linestatus": "string",
    "l_shipdate": "date32",
    "l_commitdate": "date32",
    "l_receiptdate": "date32",
    "l_shipinstruct": "string",
    "l_shipmode": "string",
    "l_comment": "string",
}

# A JSON number is a double here: Polars refuses decimals in NDJSON and DuckDB reads them through a double.
LINEITEM_JSON = {name: "float64" if kind.startswith("decimal") else kind for name, kind in LINEITEM.items()}

# Text in a key: then two columns are no longer one number.
LINEITEM_TEXT_LINE = {**LINEITEM, "l_linenumber": "string"}

# The same columns to load, from a source that has every number and date in another type.
LINEITEM_TO_CAST = dict(LINEITEM)
BEFORE_CASTS = {
    name: {"int64": "int32", "decimal(15,2)": "decimal(18,2)", "date32": "timestamp[us]"}[kind]
    for name, kind in LINEITEM.items()
    if kind != "string"
}

# The generator's Parquet has one narrower column.
LINEITEM_PARQUET = {**LINEITEM, "l_linenumber": "int32"}

WIDE = {
    "id": "int64",
    **{f"count_{n}": "int64" for n in range(8)},
    **{f"price_{n}": "decimal(12,2)" for n in range(4)},
    **{f"rate_{n}": "decimal(18,4)" for n in range(3)},
    "exact_0": "decimal(24,8)",
    **{f"measure_{n}": "float64" for n in range(6)},
    **{f"flag_{n}": "bool" for n in range(4)},
    **{f"day_{n}": "date32" for n in range(6)},
    **{f"moment_{n}": "timestamp[us, UTC]" for n in range(8)},
    **{f"category_{n}": "string" for n in range(5)},
    **{f"name_{n}": "string" for n in range(4)},
    **{f"remark_{n}": "string" for n in range(4)},
    **{f"letter_{n}": "string" for n in range(3)},
    **{f"maybe_{n}": "string" for n in range(3)},
}

SCHEMAS: dict[str, dict[str, str]] = {
    "lineitem": LINEITEM,
    "lineitem_json": LINEITEM_JSON,
    "lineitem_text_line": LINEITEM_TEXT_LINE,
    "lineitem_to_cast": LINEITEM_TO_CAST,
    "lineitem_parquet": LINEITEM_PARQUET,
    "wide": WIDE,
}


def decimal_digits(kind: str) -> tuple[int, int] | None:
    """Give precision and scale of ``decimal(p,s)``, or None for any other type."""
    if not kind.startswith("decimal("):
        return None
    precision, scale = kind[len("decimal(") : -1].split(",")
    return int(precision), int(scale)
