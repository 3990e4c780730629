"""The data sets: how each is made, once, into the cache, and what it exactly contains."""

import csv
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import cache, environments, postgres


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file that can be made again, byte for byte.

    ``truth`` names the data set whose exact summary holds for this one as well: the Parquet file of the
    generator that also wrote the CSV needs no Parquet reader for its judge.
    """

    name: str
    file: str
    schema: str
    make: Callable[[Path], None]
    truth: str | None = None

    @property
    def path(self) -> Path:
        """The file's place in the cache, whether or not it is there yet."""
        return cache.folder("data") / self.name / self.file


def ensure(dataset: Dataset) -> Path:
    """Give the file, made first if it is missing."""
    path = dataset.path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name("unfinished-" + path.name)
        dataset.make(unfinished)
        unfinished.rename(path)
    return path


def truth(dataset: Dataset, rules: str = "") -> dict[str, Any]:
    """Give the exact summary of a data set, computed by programs/reference.py once and kept.

    With rules it is that of the rows that pass; ``rejected`` says which do not.
    """
    if dataset.truth:
        return truth(DATASETS[dataset.truth], rules)
    path = ensure(dataset)
    answer = path.with_name(f"summary-{rules}.json" if rules else "summary.json")
    if not answer.exists() or answer.stat().st_mtime < path.stat().st_mtime:
        unfinished = answer.with_name("unfinished.json")
        _must(environments.run("here", "reference", dataset.schema, str(path), str(unfinished), rules))
        unfinished.rename(answer)
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise SystemExit(f"making a data set failed:\n{done.stderr.strip()}")


def _lineitem(scale: str, kind: str = "csv") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        options = ["parquet"] if kind == "parquet" else ["csv"]
        command = [
            _tpchgen(),
            *options,
            "-s",
            scale,
            "--tables",
            "lineitem",
            "--output-dir",
            str(path.parent),
        ]
        _must(subprocess.run(command, capture_output=True, text=True, check=False))
        (path.parent / f"lineitem.{kind}").rename(path)

    return make


def _tpchgen() -> str:
    for name in ("fast", "here"):
        try:
            return str(environments.script(name, "tpchgen-cli"))
        except environments.Missing:
            continue
    raise environments.Missing("tpchgen-cli is not installed: run `python -m benchmarks setup`")


def _first_lines(source: str, lines: int) -> Callable[[Path], None]:
    """Take the header and that many rows; only for files without line breaks inside values."""

    def make(path: Path) -> None:
        with ensure(DATASETS[source]).open("rb") as whole, path.open("wb") as part:
            part.writelines(islice(whole, lines + 1))

    return make


def _flawed(source: str) -> Callable[[Path], None]:
    """Put flaws into one row of a thousand."""

    def make(path: Path) -> None:
        _must(environments.run("here", "flawed_csv", str(ensure(DATASETS[source])), str(path)))

    return make


def _loaded_into_postgres(source: str) -> Callable[[Path], None]:
    """Load a CSV file into a table of a server of its own; the file that is made leads to it."""

    def make(path: Path) -> None:
        postgres.load(ensure(DATASETS[source]), "lineitem", path)

    return make


def _same(source: str) -> Callable[[Path], None]:
    """Take the very file of another data set, to be read with other types."""

    def make(path: Path) -> None:
        path.hardlink_to(ensure(DATASETS[source]).resolve())

    return make


def _ndjson(source: str, rows: int) -> Callable[[Path], None]:
    """Spell lineitem rows as NDJSON: numbers as the CSV spells them, dates as text."""

    def make(path: Path) -> None:
        with ensure(DATASETS[source]).open(encoding="utf-8", newline="") as whole, path.open("w") as part:
            table = csv.reader(whole)
            names = next(table)
            fields = ",".join(f'"{name}":%s' for name in names)
            bare = [index < 8 for index in range(len(names))]
            for row in islice(table, rows):
                spelled = (value if is_bare else json.dumps(value) for value, is_bare in zip(row, bare, strict=True))
                part.write("{" + fields % tuple(spelled) + "}\n")

    return make


def _wide(rows: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        _must(environments.run("fast", "wide_csv", str(rows), str(path)))

    return make


def _family(suffix: str, scale: str, tenth: str, large: str, ndjson_rows: int, wide_rows: int) -> list[Dataset]:
    """Give the data sets of one size; the names are the same but for the suffix."""
    small = f"lineitem{suffix}"
    return [
        Dataset(small, "lineitem.csv", "lineitem", _lineitem(scale)),
        Dataset(f"lineitem-tenth{suffix}", "lineitem.csv", "lineitem", _lineitem(tenth)),
        Dataset(f"lineitem-4x{suffix}", "lineitem.csv", "lineitem", _lineitem(large)),
        Dataset(f"lineitem-text{suffix}", "lineitem.csv", "lineitem_text_line", _same(small)),
        Dataset(f"lineitem-to-cast{suffix}", "lineitem.csv", "lineitem_to_cast", _same(small), truth=small),
        Dataset(f"flawed{suffix}", "lineitem.csv", "lineitem", _flawed(small)),
        Dataset(f"flawed-text{suffix}", "lineitem.csv", "lineitem_text_line", _same(f"flawed{suffix}")),
        Dataset(
            f"parquet{suffix}",
            "lineitem.parquet",
            "lineitem_parquet",
            _lineitem(scale, "parquet"),
            truth=small,
        ),
        Dataset(f"ndjson{suffix}", "lineitem.ndjson", "lineitem_json", _ndjson(small, ndjson_rows)),
        Dataset(f"ndjson-tenth{suffix}", "lineitem.ndjson", "lineitem_json", _ndjson(small, ndjson_rows // 10)),
        Dataset(f"postgres{suffix}", postgres.ADDRESS, "lineitem", _loaded_into_postgres(small), truth=small),
        Dataset(f"wide{suffix}", "wide.csv", "wide", _wide(wide_rows)),
        Dataset(f"thousand{suffix}", "lineitem.csv", "lineitem", _first_lines(f"lineitem-tenth{suffix}", 1_000)),
    ]


DATASETS = {
    dataset.name: dataset
    for dataset in (
        *_family("", "1", "0.1", "4", 1_500_000, 1_000_000),
        *_family("-quick", "0.01", "0.001", "0.04", 15_000, 2_000),
    )
}


def warm(path: Path) -> None:
    """Read a file to its end, so that every program finds it in the page cache."""
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(8 << 20)
        while file.readinto(buffer):
            pass
    os.sync()
