from __future__ import annotations

import pytest

from aisle.core import (
    AisleError,
    DamagedError,
    InputError,
    MissingPartError,
    OutputError,
    UnknownNameError,
    UnreachableError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AisleError("it broke"), "it broke"),
        (AisleError("it broke", got=3, allowed="1 or 2", do="try 2"), "it broke; got: 3; allowed: 1 or 2; do: try 2"),
        (AisleError("it broke", got=0), "it broke; got: 0"),
        (AisleError("it broke", do="try 2"), "it broke; do: try 2"),
        (AisleError("two\nlines", got=" of \t text\n"), "two lines; got: of text"),
    ],
)
def test_an_error_is_one_line_of_four_parts(error: AisleError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UsageError, 2), (InputError, 1), (OutputError, 1), (DamagedError, 1), (UnreachableError, 1)],
)
def test_only_a_wrong_call_ends_with_two(kind: type[AisleError], code: int) -> None:
    assert kind("it broke").exit_code == code


def test_an_unknown_name_is_met_with_the_nearest() -> None:
    error = UnknownNameError("label", "sking", ["skiing", "skating", "mopping floor"])
    assert error.near[0] == "skiing"
    assert "unknown label; got: 'sking'; allowed: mopping floor, skating, skiing; do: did you mean skiing" in str(error)
    assert error.exit_code == 2


def test_a_name_that_is_like_no_other_gets_no_guess() -> None:
    assert str(UnknownNameError("label", "zzz", ["a"], do="see the list")).endswith("allowed: a; do: see the list")
    assert str(UnknownNameError("label", "zzz", [])).endswith("allowed: (none)")


def test_a_missing_part_says_how_to_install_it() -> None:
    error = MissingPartError("a Parquet table", name="pyarrow", extra="tables")
    assert str(error).startswith("a Parquet table needs the package pyarrow; got: it is not installed")
    assert 'pip install "aisle[tables]"' in str(error)
