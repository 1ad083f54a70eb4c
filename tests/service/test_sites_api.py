"""Sites: drawn by an operator, read by anyone with a key, and never one that has no inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from aisle.core import DamagedError
from aisle.core.site import Site, Zone, ZoneKind
from aisle.data.sites import read_site
from aisle.service.records import Role
from aisle.service.site_files import SiteFiles

from .running import Running, running

SQUARE = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]
MILK = {"name": "milk", "kind": "shelf", "polygon": SQUARE}
BODY = {"zones": [MILK]}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "data") as started:
        yield started


def test_a_site_is_kept_changed_and_forgotten(service: Running) -> None:
    first = service.client.put("/v1/sites/corner%20shop", json=BODY)
    assert (first.status_code, first.json()) == (201, {"name": "corner shop", "zones": [MILK], "notes": []})
    door = {"name": "door", "kind": "entrance", "polygon": SQUARE[:3]}
    assert service.client.put("/v1/sites/corner shop", json={"zones": [door]}).status_code == 200
    (only,) = service.client.get("/v1/sites").json()["items"]
    assert (only["zones"], "no shelf" in only["notes"][0]) == ([door], True)
    assert service.client.get("/v1/sites/corner shop").json() == only
    assert service.client.delete("/v1/sites/corner shop").status_code == 204
    assert service.client.delete("/v1/sites/corner shop").status_code == 404
    assert service.client.get("/v1/sites/corner shop").status_code == 404
    assert service.client.get("/v1/sites").json() == {"items": [], "next": None}


def test_the_yaml_is_what_the_command_line_reads(service: Running, tmp_path: Path) -> None:
    service.client.put("/v1/sites/shop", json=BODY)
    for asked in ({"params": {"format": "yaml"}}, {"headers": {"Accept": "application/yaml"}}):
        answer = service.client.get("/v1/sites/shop", **asked)  # type: ignore[arg-type]
        assert answer.headers["content-type"].startswith("application/yaml")
        (tmp_path / "shop.yaml").write_text(answer.text, "utf-8")
        site = read_site(tmp_path / "shop.yaml")
        assert (site.name, site.zones[0].name, site.zones[0].kind) == ("shop", "milk", ZoneKind.SHELF)
    assert service.client.get("/v1/sites/shop", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        ([{**MILK, "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}], "crosses itself"),
        ([MILK, {**MILK, "kind": "till"}], "one name"),
        ([{**MILK, "polygon": [[0, 0], [0.5, 0.5], [1, 1]]}], "corners on one line"),
        ([{**MILK, "polygon": [[0, 0], [1, 0]]}], "polygon"),
        ([{**MILK, "polygon": [[0, 0], [1, 0], [1, 1.5]]}], "polygon"),
        ([{**MILK, "kind": "roof"}], "kind"),
        ([{**MILK, "name": " "}], "name"),
        ([], "zones"),
    ],
)
def test_what_is_no_site_is_refused(service: Running, zones: object, told: str) -> None:
    answer = service.client.put("/v1/sites/shop", json={"zones": zones})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["type"] == "/docs#problem-invalid"
    assert told in str(answer.json())
    assert service.client.get("/v1/sites/shop").status_code == 404


@pytest.mark.parametrize("name", ["a/b", "..%2f..%2fetc", "a\x01", " a", "a  b", "a\u00a0b", "x" * 81])
def test_a_name_leads_nowhere_else(service: Running, name: str) -> None:
    answer = service.client.put(f"/v1/sites/{quote(name, safe='%')}", json=BODY)
    assert answer.status_code in (404, 405, 422)
    assert list(service.folder.sites.iterdir()) == []


def test_names_in_any_language(service: Running) -> None:
    for name in ("Épicerie du coin", "拿取", "..", "a.b"):
        assert service.client.put(f"/v1/sites/{quote(name).replace('.', '%2E')}", json=BODY).status_code in (201, 404)
    kept = [site["name"] for site in service.client.get("/v1/sites").json()["items"]]
    assert {"Épicerie du coin", "拿取", "a.b"} <= set(kept)


def test_a_viewer_reads_and_an_operator_writes(tmp_path: Path) -> None:
    with running(tmp_path / "data", keys=True) as service:
        keys = {role: {"X-API-Key": service.store.add_key(role.value, role)} for role in Role}
        put = {
            role: service.client.put("/v1/sites/shop", json=BODY, headers=key).status_code for role, key in keys.items()
        }
        assert put == {Role.viewer: 403, Role.operator: 201, Role.admin: 200}
        assert service.client.get("/v1/sites/shop", headers=keys[Role.viewer]).status_code == 200
        assert service.client.delete("/v1/sites/shop", headers=keys[Role.viewer]).status_code == 403


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    files = SiteFiles(tmp_path)
    files.put(Site("shop", (Zone("milk", ZoneKind.SHELF, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))),)))
    (file,) = tmp_path.iterdir()
    file.write_text("{}", "utf-8")
    with pytest.raises(DamagedError, match="holds no site"):
        files.get("shop")
