"""Analyses that follow people and things: asked for, looked at, and where the service cannot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.service.records import JobState
from aisle.service.store import Store
from videos import make_video

from .running import Running, running
from .stores import add_job

SITE = {"zones": [{"name": "Dairy", "kind": "shelf", "polygon": [[0, 0], [1, 0], [1, 1]]}]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("clip") / "till.mp4")


def sent(service: Running, clip: Path, **fields: str) -> str:
    with clip.open("rb") as file:
        answer = service.client.post("/v1/analyses", files={"file": (clip.name, file)}, data=fields)
    assert answer.status_code == 202, answer.text
    return service.finished(answer.json()["id"]).id


def test_what_was_seen_is_there_in_three_forms(service: Running, clip: Path) -> None:
    service.client.put("/v1/sites/corner shop", json=SITE)
    id_ = sent(service, clip, objects="true", site="corner shop", annotate="true")
    shown = service.client.get(f"/v1/analyses/{id_}").json()
    assert (shown["state"], shown["objects"], shown["site"]) == ("done", True, "corner shop")
    (did,) = service.client.get(f"/v1/analyses/{id_}/interactions").json()
    assert did == {
        "video": "till.mp4",
        "start_s": 1.0,
        "end_s": 1.5,
        "kind": "picked up",
        "track_id": 1,
        "zone": "Dairy",
        "product": "can",
        "confidence": 0.9,
    }
    things = service.client.get(f"/v1/analyses/{id_}/objects", params={"format": "json"}).json()
    assert (len(things), things[0]["track_id"], things[0]["label"]) == (30, 1, "person")
    assert things[0]["mask_area_percent"] is None
    (visit,) = service.client.get(f"/v1/analyses/{id_}/visits").json()
    assert (visit["track_id"], visit["items"]) == (1, 1)
    for kind in ("objects", "interactions", "visits"):
        table = service.client.get(f"/v1/analyses/{id_}/{kind}", headers={"Accept": "text/csv"})
        assert table.headers["content-type"].startswith("text/csv")
        assert f"till.{kind}.csv" in table.headers["content-disposition"]
        assert service.client.get(f"/v1/analyses/{id_}/{kind}?format=parquet").content[:4] == b"PAR1"
    assert "picked up" in service.client.get(f"/v1/analyses/{id_}/report").text


def test_without_asking_there_is_no_table(service: Running, clip: Path) -> None:
    id_ = sent(service, clip)
    for kind in ("objects", "interactions", "visits"):
        assert service.client.get(f"/v1/analyses/{id_}/{kind}").status_code == 404


def test_a_site_that_is_not_there_and_one_for_nothing(service: Running, clip: Path) -> None:
    service.client.put("/v1/sites/shop", json=SITE)
    for fields, status in (({"objects": "true", "site": "nowhere"}, 404), ({"site": "shop"}, 422)):
        with clip.open("rb") as file:
            answer = service.client.post("/v1/analyses", files={"file": file}, data=fields)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_site_that_is_removed_meanwhile_is_told_not_ignored(service: Running, clip: Path) -> None:
    service.client.put("/v1/sites/shop", json=SITE)
    service.models.held.set()
    try:
        with clip.open("rb") as file:
            fields = {"objects": "true", "site": "shop"}
            answer = service.client.post("/v1/analyses", files={"file": file}, data=fields)
        assert service.client.delete("/v1/sites/shop").status_code == 204
    finally:
        service.models.held.clear()
    job = service.finished(answer.json()["id"])
    assert job.state is JobState.failed
    assert "the site has been removed" in service.client.get(f"/v1/analyses/{job.id}").text


def test_a_service_that_looks_for_nobody_says_so(tmp_path: Path, clip: Path) -> None:
    with running(tmp_path / "data", objects=False) as service, clip.open("rb") as file:
        answer = service.client.post("/v1/analyses", files={"file": file}, data={"objects": "true"})
        assert answer.status_code == 503
        assert "--detector" in answer.json()["do"]


def test_tables_of_the_version_before_are_brought_along(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    store = Store(url)
    job = add_job(store)
    store.close()
    with sqlite3.connect(tmp_path / "a.db") as old:
        for change in ("ALTER TABLE jobs DROP COLUMN objects", "ALTER TABLE jobs DROP COLUMN site"):
            old.execute(change)
        old.execute("ALTER TABLE events DROP COLUMN place")
        old.execute("UPDATE schema SET version = 1")
    old.close()
    again = Store(url)
    assert again.job(job.id) == job
    assert add_job(again).objects is False
    again.close()
