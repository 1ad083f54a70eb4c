"""Who one is, and a page's way in: a key becomes a cookie that scripts cannot read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aisle.service import problems
from aisle.service.answers import Shape
from aisle.service.auth import COOKIE, Door, Guarded, no_key, route
from aisle.service.context import Asker, Here
from aisle.service.records import Role

router = APIRouter(route_class=Guarded, tags=["session"])


class Me(Shape):
    """`name` is the key's; null on a service that asks for none. `keys` says whether it asks for keys."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "guard", "role": "operator", "keys": True}]}
    )

    name: str | None
    role: Role
    keys: bool


class SessionBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"key": "aisle_0123456789ab_" + 43 * "x"}]}
    )

    key: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("/v1/me", operation_id="me", summary="Who one is", response_model=Me, **route(Role.viewer))
async def me(asker: Asker, service: Here) -> Me:
    """The name and the role of the key that was sent."""
    return Me(name=asker.name, role=asker.role or Role.viewer, keys=not service.settings.open)


@router.post(
    "/v1/session",
    operation_id="open_session",
    summary="A key becomes a cookie",
    response_model=Me,
    **route(None, problems.NO_KEY, problems.CROSS_SITE, problems.MEDIA),
)
async def open_session(request: Request, response: Response, body: SessionBody, service: Here) -> Me:
    """For pages: scripts cannot read the cookie, other sites cannot send it. It ends with the key, or after hours."""
    door: Door = request.app.state.door
    key = await door.key(body.key)
    if key is None:
        raise no_key("a key that is wrong, expired or revoked")
    response.set_cookie(
        COOKIE,
        body.key,
        max_age=int(service.settings.session_s),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return Me(name=key.name, role=key.role, keys=not service.settings.open)


@router.delete(
    "/v1/session",
    operation_id="close_session",
    summary="Forget the cookie",
    status_code=204,
    **route(None, problems.CROSS_SITE),
)
async def close_session() -> Response:
    """The key itself stays valid."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
