"""The summary is what a person believes: every row is in it, and nothing is claimed that did not happen."""

from __future__ import annotations

import pytest

from conduit.cli.summary import summary_lines
from conduit.cli.table import display_width
from conduit.cli.terminal import Terminal
from conduit.core.accounting import Accounting
from conduit.engine.report import Rejects, RunReport
from conduit.errors import Locked, SourceError
from conduit.quality.verdict import CheckResult

from .reports import resource_report, run_report

GOOD = resource_report(
    "orders",
    accounting=Accounting(6_001_215, 6_001_200, 15),
    duration_seconds=2.13,
    bytes=212_400_123,
    parts=("a", "b", "c"),
    destination="out/orders",
    rejects=(
        Rejects("not_null(email)", 12, "orders.csv:17: email is NULL"),
        Rejects("ragged_row", 3, "orders.csv:4: 7 of 9 \x1b[2J"),
    ),
    dlq=".conduit/dlq/orders/r1.arrow",
    checks=(
        CheckResult("regex(email)", "dlq", 6_001_215, 12, ("'a'", "'b\x07'", "'c'", "'d'")),
        CheckResult("unique(id)", "fail", 6_001_200, 0),
    ),
    notices=("delimiter ';', UTF-8 with BOM",),
)
BAD = resource_report(
    "customers",
    "failed",
    Accounting(10_000),
    error=SourceError("Truncated at byte 81,920.", place="customers.parquet", remedy="Copy it again."),
)
HELD = resource_report("événements", "locked", error=Locked("Process 4711 runs it.", remedy="Wait."))
MIXED = run_report(GOOD, BAD, HELD, status="partial", duration_seconds=2.4)


def _text(report: RunReport, terminal: Terminal | None = None) -> str:
    return "\n".join(summary_lines(report, terminal or Terminal()))


def test_a_good_run_is_its_books_its_place_and_a_verdict() -> None:
    orders = resource_report(
        "orders", accounting=Accounting(1000, 900, 50, 30, 20), destination="out/orders.parquet", bytes=51_234
    )
    assert _text(run_report(orders)).splitlines() == [
        "",
        "  resource   read  written  rejected  filtered  deduplicated   time  rows/s",
        "✓ orders    1,000      900        50        30            20  21 ms  47,600",
        "",
        "✓ 1,000 read = 900 written + 50 rejected + 30 filtered + 20 deduplicated: the books balance.",
        "",
        "  Data",
        "    orders  out/orders.parquet",
        "",
        "✓ Done: 1 resource in 34 ms · run r1",
    ]


def test_a_run_of_many_has_a_total_and_the_status_of_each() -> None:
    lines = _text(MIXED).splitlines()
    assert lines[1].split()[:3] == ["resource", "status", "read"]
    assert [line.split()[1:3] for line in lines[2:5]] == [
        ["orders", "ok"],
        ["customers", "failed"],
        ["événements", "locked"],
    ]
    assert lines[6].split()[:3] == ["total", "6,011,215", "6,001,200"]
    assert lines[-1] == "! Some resources failed: 1 of 3 resources loaded in 2.4 s · run r1"


def test_rows_of_a_failed_resource_are_not_called_written() -> None:
    text = _text(MIXED)
    assert "✓ 6,001,215 read = 6,001,200 written + 15 rejected" in text
    assert "10,000 rows that customers had read were not committed." in text
    assert "customers" not in text.split("Data")[1].split("Noticed")[0]


def test_a_residue_of_a_resource_that_landed_is_shouted() -> None:
    text = _text(run_report(resource_report("orders", accounting=Accounting(10, 8))))
    assert "✗ 10 read = 8 written + 0 rejected + 0 filtered + 0 deduplicated leaves 2 rows unaccounted for." in text
    assert "balance" not in text


def test_rejects_have_reason_count_first_message_and_where_they_are_kept() -> None:
    lines = [line.strip() for line in _text(MIXED).splitlines()]
    start = lines.index("Rejected")
    assert lines[start + 1 : start + 7] == [
        "orders",
        "12  not_null(email)",
        "first: orders.csv:17: email is NULL",
        "3  ragged_row",
        "first: orders.csv:4: 7 of 9 \\x1b[2J",
        "→ kept in .conduit/dlq/orders/r1.arrow",
    ]


def test_failed_checks_are_shown_and_passed_ones_are_not() -> None:
    text = _text(MIXED)
    assert "orders  regex(email)  12 of 6,001,215 rows (<0.1%), action dlq" in text
    assert "such as 'a', 'b\\x07', 'c'\n" in text
    assert "unique(id)" not in text


def test_errors_end_in_what_to_do() -> None:
    lines = _text(MIXED).splitlines()
    at = lines.index("✗ customers CDT-201  customers.parquet: Truncated at byte 81,920.")
    assert lines[at + 1] == "  → Copy it again."


def test_a_dry_run_claims_no_data() -> None:
    orders = resource_report(
        "orders", accounting=Accounting(10, 9, 1), destination="out", rejects=(Rejects("x", 1, "bad"),)
    )
    text = _text(run_report(orders, dry_run=True))
    assert "10 read = 9 to write + 1 rejected" in text
    assert "not kept: this was a dry run" in text
    assert "Done (dry run: nothing was written)" in text
    assert "Data" not in text
    assert "9 written" not in text


@pytest.mark.parametrize("width", [120, 100, 80, 60, 44])
def test_no_line_of_the_table_is_wider_than_the_terminal(width: int) -> None:
    lines = _text(MIXED, Terminal(width=width)).split("Data")[0].splitlines()
    assert max(map(display_width, lines)) <= width
    assert any("6,001,200" in line for line in lines)


def test_a_narrow_terminal_loses_columns_of_zeros_first() -> None:
    heading = _text(MIXED, Terminal(width=80)).splitlines()[1]
    assert "rejected" in heading
    assert "deduplicated" not in heading


def test_colour_adds_escapes_and_changes_no_text() -> None:
    from .processes import without_escapes

    coloured = _text(MIXED, Terminal(colour=True))
    assert "\x1b[" in coloured
    assert without_escapes(coloured) == _text(MIXED)


def test_places_below_the_current_folder_are_relative_to_it() -> None:
    inside = resource_report("a", destination="/work folder/out/", dlq="/work folder/.conduit/dlq/a")
    outside = resource_report("b", destination="/other/out/")
    text = "\n".join(summary_lines(run_report(inside, outside), Terminal(), "/work folder"))
    assert "    a  out/\n    b  /other/out/\n" in text


def test_a_run_without_resources_says_so() -> None:
    assert "No resource ran." in _text(run_report())
