"""Requests made up from the OpenAPI, right ones and wrong ones: every answer is one that the OpenAPI tells of.

AISLE_EXAMPLES asks for more of each operation than the few that every run tries.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import BaseSchema

from aisle.service.app import ROUTERS
from aisle.service.records import Role
from videos import make_video

from .running import Running, running

EXAMPLES = int(os.environ.get("AISLE_EXAMPLES", "6"))
ENDLESS = "/v1/live"
OPERATIONS = sorted(
    (route.path, method.lower())
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.include_in_schema and route.path != ENDLESS
    for method in route.methods
)
load_all_checks()
UNFIT = {"positive_data_acceptance"}  # a request can be well-formed and name a video or a model that is not there
WANTED = [check for check in CHECKS.get_all() if check.__name__ not in UNFIT]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    media = make_video(tmp_path_factory.mktemp("media") / "a.mp4").parent
    with running(tmp_path_factory.mktemp("data"), media_root=media, keys=True, queued=10_000) as started:
        yield started


@pytest.fixture(scope="module")
def key(service: Running) -> str:
    return service.store.add_key("schemathesis", Role.admin)


@pytest.fixture(scope="module")
def api(service: Running) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{service.url}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_the_openapi_says(
    api: BaseSchema, key: str, path: str, method: str, mode: GenerationMode
) -> None:
    operation = api[path][method]
    said = operation.definition.raw
    if mode is GenerationMode.NEGATIVE and not said.get("parameters") and "requestBody" not in said:
        return  # nothing of it can be sent wrongly

    @given(case=operation.as_strategy(mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="AISLE_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def right(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=WANTED, headers={"Authorization": f"Bearer {key}"})

    right()


def test_what_was_tried_has_not_hurt(service: Running, tmp_path: Path) -> None:
    video = make_video(tmp_path / "b.mp4")
    key = service.store.add_key("after", Role.operator)
    answer = service.client.post(
        "/v1/classify", files={"file": ("b.mp4", video.read_bytes())}, headers={"X-API-Key": key}
    )
    assert answer.status_code == 200
    assert not list(service.settings.incoming.iterdir())
