"""What holds for every route: who may use it, how it refuses, and that the OpenAPI tells the truth about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from aisle.core import UsageError
from aisle.service.app import ROUTERS
from aisle.service.auth import ANYONE, COOKIE, DECLARED, Guarded, needs
from aisle.service.records import Role
from aisle.service.settings import Settings, is_loopback

from .running import Running, running

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
CALLS = sorted((method, route.path, str(route.openapi_extra[DECLARED])) for route in ROUTES for method in route.methods)  # type: ignore[index]
GUARDED = [(method, path, Role(role)) for method, path, role in CALLS if role != ANYONE]
PLACES = [(method, path) for method, path, _ in GUARDED]
OPEN = {("GET", path) for path in ("/", "/{name}", "/docs", "/docs.css", "/openapi.json", "/healthz", "/readyz")} | {
    ("POST", "/v1/session"),
    ("DELETE", "/v1/session"),
}


@dataclass(frozen=True)
class Keyed:
    service: Running
    tokens: dict[Role, str]
    dead: dict[str, str]


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    """A service that asks for keys, and some of them."""
    with running(tmp_path_factory.mktemp("data"), keys=True) as service:
        store = service.store
        tokens = {role: store.add_key(role.value, role) for role in Role}
        expired, revoked = store.add_key("old", Role.admin, expires=time.time() + 0.2), store.add_key("no", Role.admin)
        store.revoke_key(revoked.split("_")[1])
        time.sleep(0.25)
        right = tokens[Role.admin]
        wrong = right[:-1] + ("a" if right[-1] != "a" else "b")
        dead = {"none": "", "wrong": wrong, "expired": expired, "revoked": revoked, "odd": "\xe9" * 300}
        yield Keyed(service, tokens, dead)


def call(keyed: Keyed, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The status, and the problem if it is one. An answer that goes on is not waited for."""
    address = path.replace("{id}", "x").replace("{name}", "x")
    coded = {name: value.encode("latin-1") for name, value in headers.items()}
    with keyed.service.client.stream(method, address, headers=coded) as answer:
        if answer.headers.get("content-type") != "application/problem+json":
            return answer.status_code, {}
        answer.read()
        return answer.status_code, answer.json()


def test_nothing_is_open_but_what_is_meant_to_be() -> None:
    assert {(method, path) for method, path, role in CALLS if role == ANYONE} == OPEN
    assert len(GUARDED) >= 22


def test_a_route_without_a_role_cannot_be_made() -> None:
    router = APIRouter(route_class=Guarded)
    with pytest.raises(UsageError, match="declares no role"):
        router.get("/v1/leak")(lambda: "secret")
    assert needs(None) == {DECLARED: "anyone", "security": []}


@pytest.mark.parametrize("kind", ["none", "wrong", "expired", "revoked", "odd"])
@pytest.mark.parametrize(("method", "path"), PLACES, ids=lambda value: str(value))
def test_without_a_key_that_is_right_nothing_is_told(keyed: Keyed, method: str, path: str, kind: str) -> None:
    token = keyed.dead[kind]
    ways = ({"Authorization": f"Bearer {token}"}, {"X-API-Key": token}, {"Cookie": f"{COOKIE}={token}"})
    for headers in ways if token else ({}, {"Authorization": "Bearer"}, {"Authorization": "Basic YTpi"}):
        status, said = call(keyed, method, path, headers)
        assert (status, said["type"]) == (401, "/docs#problem-no-key")
        assert not token or token not in str(said)


@pytest.mark.parametrize(("method", "path", "role"), GUARDED, ids=lambda value: str(value))
def test_a_key_opens_what_its_role_may_do_and_no_more(keyed: Keyed, method: str, path: str, role: Role) -> None:
    for own, token in keyed.tokens.items():
        status, said = call(keyed, method, path, {"Authorization": f"Bearer {token}"})
        if own.covers(role):
            assert status not in (401, 403)
        else:
            assert (status, said["type"]) == (403, "/docs#problem-role")
            assert said["allowed"] == f"{role} and above"


@pytest.mark.parametrize(("method", "path"), PLACES, ids=lambda value: str(value))
def test_a_key_is_asked_for_before_a_body_is_read(keyed: Keyed, method: str, path: str) -> None:
    answer = keyed.service.client.request(method, path.format(id="x", name="x"), content=b"{" * 200_000)
    assert answer.status_code == 401


def test_a_page_gets_in_with_a_cookie_that_scripts_cannot_read(keyed: Keyed) -> None:
    with httpx.Client(base_url=keyed.service.url) as page:
        assert page.get("/v1/me").status_code == 401
        answer = page.post("/v1/session", json={"key": keyed.tokens[Role.operator]})
        assert answer.json() == {"name": "operator", "role": "operator", "keys": True}
        said = answer.headers["set-cookie"].lower()
        assert "httponly" in said
        assert "samesite=strict" in said
        assert "max-age=43200" in said
        assert page.get("/v1/me").json() == {"name": "operator", "role": "operator", "keys": True}
        cross = page.post(
            "/v1/events/x/review", json={"verdict": "confirmed"}, headers={"Origin": "https://evil.example"}
        )
        assert cross.json()["type"] == "/docs#problem-cross-site"
        assert page.delete("/v1/session").status_code == 204
        assert page.get("/v1/me").status_code == 401


def test_a_key_that_is_revoked_opens_nothing_from_then_on(keyed: Keyed) -> None:
    token = keyed.service.store.add_key("leaver", Role.viewer)
    headers = {"X-API-Key": token}
    assert keyed.service.client.get("/v1/me", headers=headers).json()["name"] == "leaver"
    keyed.service.store.revoke_key(token.split("_")[1])
    assert keyed.service.client.get("/v1/me", headers=headers).status_code == 401


def test_the_name_of_a_key_is_in_the_log_and_the_key_is_not(keyed: Keyed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    token = keyed.tokens[Role.viewer]
    keyed.service.client.get(f"/v1/models?key={token}", headers={"Authorization": f"Bearer {token}"})
    records = [vars(record) for record in caplog.records if record.getMessage() == "request"]
    assert {name: records[-1][name] for name in ("method", "route", "status", "key", "client")} == {
        "method": "GET",
        "route": "/v1/models",
        "status": 200,
        "key": "viewer",
        "client": "127.0.0.1",
    }
    assert token not in str(records)


@pytest.mark.parametrize(
    ("host", "keys", "is_open"),
    [
        ("127.0.0.1", False, True),
        ("localhost", False, True),
        ("::1", False, True),
        ("127.8.8.8", False, True),
        ("127.0.0.1", True, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("192.168.1.7", False, False),
        ("shop.example.org", False, False),
        ("localhost.example.org", False, False),
    ],
)
def test_keys_are_off_on_loopback_alone(host: str, keys: bool, is_open: bool) -> None:
    assert Settings(Path("data"), host=host, keys=keys).open is is_open
    assert not is_loopback("127.0.0.1.example.org")


# --- the OpenAPI


@pytest.fixture(scope="module")
def spec(keyed: Keyed) -> dict[str, Any]:
    found: dict[str, Any] = keyed.service.client.get("/openapi.json").json()
    return found


def _operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((f"{method.upper()} {path}", said) for path, item in spec["paths"].items() for method, said in item.items())


def test_every_route_is_described(spec: dict[str, Any]) -> None:
    described = {name for name, _ in _operations(spec)}
    pages = {"GET /", "GET /{name}", "GET /docs", "GET /docs.css", "GET /openapi.json"}
    assert described == {f"{method} {path}" for method, path, _ in CALLS} - pages
    assert len({said["operationId"] for _, said in _operations(spec)}) == len(described)


def test_every_operation_is_complete(spec: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in spec["tags"]}
    for name, said in _operations(spec):
        assert said["summary"], name
        assert said["description"], name
        assert set(said["tags"]) <= tags, name
        assert said["security"] or said[DECLARED] == ANYONE, name
        assert {"400", "413", "422", "500", "503"} <= set(said["responses"]), name
        assert said[DECLARED] == ANYONE or {"401", "403"} <= set(said["responses"]), name


def test_every_body_and_answer_has_an_example(spec: dict[str, Any]) -> None:
    def shown(content: dict[str, Any]) -> bool:
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        schema = spec["components"]["schemas"].get(name, {})
        item = schema.get("properties", {}).get("items", {}).get("items", {}).get("$ref", "").rpartition("/")[2]
        examples = schema.get("examples") or spec["components"]["schemas"].get(item, {}).get("examples")
        return bool(content.get("example") or content.get("examples") or examples)

    binary = {"video/*", "application/octet-stream", "image/jpeg", "application/vnd.apache.parquet"}
    for name, said in _operations(spec):
        contents = [said.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in said["responses"].values()]
        for content in contents:
            for media, each in content.items():
                assert media in binary or shown(each), f"{name} {media}"


def test_the_page_about_the_api_names_every_operation(keyed: Keyed, spec: dict[str, Any]) -> None:
    page = keyed.service.client.get("/docs").text
    assert all(f'id="{said["operationId"]}"' in page for _, said in _operations(spec))
    assert "<script" not in page
    assert keyed.service.client.get("/docs.css").headers["content-type"] == "text/css; charset=utf-8"
