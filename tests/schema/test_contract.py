"""A contract is plain values: the rule of a column is its own, or that of all the others."""

from __future__ import annotations

import pickle
import subprocess
import sys

from conduit.schema.contract import RULE_OF_NEW_COLUMN, RULE_OF_TYPE_CHANGE, Contract


def test_nothing_may_change_unless_it_is_declared() -> None:
    assert not Contract().enabled
    assert (Contract().validate, Contract().required_columns) == (False, ())


def test_a_column_s_own_rule_is_stronger_than_that_of_the_others() -> None:
    contract = Contract(
        True, columns="freeze", types="reject_row", of_columns={"a": "evolve"}, of_types={"b": "freeze"}
    )
    assert [contract.column(name) for name in ("a", "b")] == ["evolve", "freeze"]
    assert [contract.type(name) for name in ("a", "b")] == ["reject_row", "freeze"]


def test_a_contract_travels_between_processes() -> None:
    contract = Contract(True, of_types={"a": "freeze"})
    assert pickle.loads(pickle.dumps(contract)) == contract


def test_each_word_of_1_0_is_another_rule() -> None:
    for words in (RULE_OF_NEW_COLUMN, RULE_OF_TYPE_CHANGE):
        assert len({*words.values()}) == len(words) == 3


def test_reading_a_contract_brings_no_arrow() -> None:
    """A configuration is read before anything is known to be loaded at all."""
    script = "import sys, conduit.schema.contract, conduit.config.contracts; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
