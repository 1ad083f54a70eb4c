"""Stories: an admin gives keys out and takes them back."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from aisle.service.folder import database_in
from aisle.service.store import Store

from .conftest import Run

WITHOUT = "import sys; sys.modules['sqlalchemy'] = None; from aisle.apps.cli import main; main()"


def test_a_key_is_made_listed_and_revoked(aisle: Run, tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    made = aisle("keys", "add", "Front desk", "--role", "operator", "--days", "90", *data)
    token = made.out.strip()
    assert (made.code, token.startswith("aisle_"), "not shown again" in made.err) == (0, True, True)
    with closing(Store(database_in(tmp_path / "data"))) as store:
        key = store.check_key(token)
    assert (key.name, key.role, key.expires - key.created) == (
        "Front desk",
        "operator",
        pytest.approx(90 * 86400, abs=60),
    )
    listed = aisle("keys", "list", *data)
    assert listed.out.startswith(f"{key.id}  Front desk; operator; expires 20")
    assert token.split("_", 2)[2] not in listed.out
    assert aisle("keys", "revoke", key.id, *data).out == f"{key.id} opens nothing any more\n"
    assert "revoked 20" in aisle("keys", "list", *data).out
    assert aisle("keys", "revoke", key.id, *data).code == 2


def test_a_key_that_does_not_end_says_so(aisle: Run, tmp_path: Path) -> None:
    aisle("keys", "add", "me", "--data", tmp_path)
    assert "me; viewer; expires never; last used never" in aisle("keys", "list", "--data", tmp_path).out


def test_keys_of_another_database_are_found_by_its_address(
    aisle: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_DATABASE", f"sqlite:///{tmp_path / 'other.db'}")
    aisle("keys", "add", "me", "--data", tmp_path / "data")
    assert "me; viewer" in aisle("keys", "list", "--data", tmp_path / "data").out
    assert not (tmp_path / "data").exists()


def test_a_wrong_folder_makes_no_database(aisle: Run, tmp_path: Path) -> None:
    done = aisle("keys", "list", "--data", tmp_path / "dta")
    assert (done.code, "no such data folder" in done.error) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("--role", "boss"), ("--days", "0"), ("--days", "soon")])
def test_a_wrong_role_or_time_is_told(aisle: Run, tmp_path: Path, words: tuple[str, str]) -> None:
    assert (aisle("keys", "add", "me", *words, "--data", tmp_path).code, list(tmp_path.iterdir())) == (2, [])


def test_without_the_service_installed_it_says_what_to_install(tmp_path: Path) -> None:
    call = [sys.executable, "-c", WITHOUT, "keys", "add", "me", "--data", str(tmp_path)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        'error: the service needs the package sqlalchemy; got: it is not installed; do: pip install "aisle[serve]"'
    ]
