"""`/v1/live`: what happens now, in front of all cameras, as it happens."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from time import monotonic
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from aisle.service.answers import EventAnswer, StreamAnswer
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Service
from aisle.service.hub import News
from aisle.service.news import LastEventId, Said, event_stream, stream
from aisle.service.problems import RefusedError
from aisle.service.records import EventRecord, Role

router = APIRouter(route_class=Guarded, tags=["events"])

TRUST_S = 60.0
"""Then whoever listens is asked for the key again, which may be revoked by now."""

EACH_S = 1.0
"""How often a camera's risks are told at most; what becomes of it and its events are told at once."""

MISSED = 100
"""Events that a client which comes back is told of at most."""

SHOWN: dict[int | str, dict[str, Any]] = event_stream(
    Said("stream", '{"id": "5f70bf18a0860071", "name": "Till 1", "status": {"state": "live"}}'),
    Said("event", '{"id": "e3b0c44298fc1c14", "kind": "shoplifting", "state": "open"}', "12"),
)


@router.get(
    "/v1/live",
    operation_id="live",
    summary="What happens now",
    response_class=StreamingResponse,
    **route(Role.viewer, answers=SHOWN),
)
async def live(request: Request, service: Here, last_event_id: LastEventId = None) -> StreamingResponse:
    """Server-sent events: `stream`, a camera as `/v1/streams/{id}` shows it, first of all, once a second at most, and
    when its state changes; `event`, one as `/v1/events/{id}` shows it, whenever it starts, goes on, ends or is
    reviewed; `removed`, the id of a camera that is watched no longer. A client that comes back is told of the events
    that it missed.
    """

    async def admitted() -> bool:
        try:
            await request.app.state.door.admit(request, Role.viewer)
        except RefusedError:
            return False
        return True

    return stream(_told(service, last_event_id, admitted), service.settings.heartbeat_s)


async def _told(
    service: Service, known: str | None, admitted: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[Said | None, None]:
    """Ends once the client is no longer `admitted`."""
    async with service.hub.listening() as listener:
        for said in await run_in_threadpool(_before, service, known):
            yield said
        pending: dict[str, str] = {}
        due = monotonic() + EACH_S
        trusted = monotonic() + TRUST_S
        while True:
            if monotonic() >= trusted:
                trusted = monotonic() + TRUST_S
                if not await admitted():
                    return
            news = await listener.next(max(due - monotonic(), 0.01))
            ready = [] if news is None else _urgent(news, pending)
            if monotonic() >= due:
                due = monotonic() + EACH_S
                ready, pending = list(dict.fromkeys([*ready, *pending])), {}
            for said in await run_in_threadpool(_cameras, service, ready):
                yield said
            yield await run_in_threadpool(_other, service, news) if news else None


def _urgent(news: News, pending: dict[str, str]) -> list[str]:
    """The camera that the news tell of, where its state is another than before; other news of it wait in `pending`."""
    if news.kind != "stream":
        return []
    id_, state = news.data["id"], news.data["status"].state
    changed = pending.get(id_, state) != state
    pending[id_] = state
    return [id_] if changed else []


def _other(service: Service, news: News) -> Said | None:
    """News that are not of how a camera is."""
    if news.kind == "event":
        record = service.store.event(news.data["id"])
        return None if record is None else _event(record)
    return Said(news.kind, json.dumps(news.data)) if news.kind == "removed" else None


def _before(service: Service, known: str | None) -> list[Said]:
    """How all cameras are, and the events that a client which knows those up to `known` has missed."""
    last = int(known) if known is not None and known.isascii() and known.isdigit() else None
    missed = [] if last is None else [each for each in service.store.events(limit=MISSED) if each.number > last]
    cameras = _cameras(service, [record.id for record in service.store.streams()])
    return cameras + [_event(record) for record in reversed(missed)]


def _cameras(service: Service, ids: list[str]) -> list[Said]:
    records = filter(None, map(service.store.stream, ids))
    return [
        Said("stream", StreamAnswer.of(record, service.cameras.status(record.id)).model_dump_json())
        for record in records
    ]


def _event(record: EventRecord) -> Said:
    return Said("event", EventAnswer.of(record).model_dump_json(), str(record.number))
