"""`/v1/sites`: the shelves, entrances and tills that a camera sees, as they were drawn over its picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aisle.core import InputError
from aisle.core.site import Site, ZoneKind
from aisle.data.sites import LONGEST_NAME, MOST_CORNERS, MOST_ZONES, from_json, notes, site_text, to_json
from aisle.service import problems
from aisle.service.answers import Page, Shape
from aisle.service.auth import Guarded, route
from aisle.service.context import Here, Service
from aisle.service.files import best
from aisle.service.problems import RefusedError
from aisle.service.records import Role
from aisle.service.site_files import MOST, SiteFiles

router = APIRouter(route_class=Guarded, tags=["sites"])

NAME = r"^[^\s/\x00-\x1f\x7f]([^/\x00-\x1f\x7f]*[^\s/\x00-\x1f\x7f])?$"
FORMS = {"application/json": "json", "application/yaml": "yaml"}
EXAMPLE: dict[str, Any] = {
    "zones": [
        {"name": "milk", "kind": "shelf", "polygon": [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]},
        {"name": "door", "kind": "entrance", "polygon": [[0.8, 0.7], [1.0, 0.7], [1.0, 1.0]]},
    ]
}
Share = Annotated[float, Field(ge=0, le=1)]
Corner = Annotated[list[Share], Field(min_length=2, max_length=2)]
SiteName = Annotated[
    str, Path(alias="name", min_length=1, max_length=LONGEST_NAME, pattern=NAME, description="What the site is called.")
]


class ZoneShape(Shape):
    """`polygon` is its corners in order, x and y as shares of the picture's width and height."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    kind: ZoneKind
    polygon: Annotated[list[Corner], Field(min_length=3, max_length=MOST_CORNERS)]


class SiteBody(BaseModel):
    """The zones of one camera. Each has a name of its own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    zones: Annotated[list[ZoneShape], Field(min_length=1, max_length=MOST_ZONES)]


class SiteAnswer(Shape):
    """`notes` say what is allowed and yet seldom meant."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "corner shop", **EXAMPLE, "notes": []}]}
    )

    name: str
    zones: list[ZoneShape]
    notes: list[str]

    @classmethod
    def of(cls, site: Site) -> SiteAnswer:
        return cls.model_validate({**to_json(site), "notes": list(notes(site))})


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The site.",
        "content": {
            "application/json": {"example": {"name": "corner shop", **EXAMPLE, "notes": []}},
            "application/yaml": {"schema": {"type": "string"}, "example": "name: corner shop\nzones: []\n"},
        },
    }
}


@router.get(
    "/v1/sites", operation_id="list_sites", summary="All sites", response_model=Page[SiteAnswer], **route(Role.viewer)
)
def list_sites(service: Here) -> dict[str, Any]:
    """By name, each with its zones."""
    return {"items": [SiteAnswer.of(site) for site in files_of(service).all()], "next": None}


@router.get(
    "/v1/sites/{name}",
    operation_id="get_site",
    summary="One site",
    response_model=SiteAnswer,
    **route(Role.viewer, problems.ABSENT, problems.FORM, answers=ANSWERS),
)
def get_site(
    request: Request,
    service: Here,
    name: SiteName,
    wanted: Annotated[
        Literal["json", "yaml"] | None,
        Query(alias="format", description="Instead of the header Accept; JSON by default."),
    ] = None,
) -> SiteAnswer | Response:
    """As JSON, or as the YAML that `aisle analyze --site` reads."""
    site = site_of(service, name)
    if (wanted or best(request, FORMS)) == "json":
        return SiteAnswer.of(site)
    return Response(site_text(site), media_type="application/yaml")


@router.put(
    "/v1/sites/{name}",
    operation_id="put_site",
    summary="Keep a site",
    response_model=SiteAnswer,
    **route(
        Role.operator,
        problems.MEDIA,
        problems.STORAGE,
        problems.BUSY,
        answers={201: {"description": "It is new.", "model": SiteAnswer}},
    ),
)
def put_site(service: Here, response: Response, name: SiteName, body: SiteBody) -> SiteAnswer:
    """In place of one of the same name. A polygon whose sides cross is refused, as it has no inside."""
    try:
        site = from_json({"name": name, **body.model_dump(mode="json")})
    except InputError as error:
        raise RefusedError(
            problems.INVALID, what=error.what, got=error.got, allowed=error.allowed, do=error.do
        ) from error
    if site.name != name:  # it would be kept where nobody who asks for this name finds it
        do = "write one blank between words"
        raise RefusedError(problems.INVALID, what="a name is written plainly", got=name, allowed=site.name, do=do)
    files = files_of(service)
    if files.get(site.name) is None and len(files.all()) >= MOST:
        raise RefusedError(problems.BUSY, what="there are too many sites", got=MOST, do="remove one first")
    response.status_code = 201 if files.put(site) else 200
    return SiteAnswer.of(site)


@router.delete(
    "/v1/sites/{name}",
    operation_id="remove_site",
    summary="Forget a site",
    status_code=204,
    **route(Role.operator, problems.ABSENT, problems.STORAGE),
)
def remove_site(service: Here, name: SiteName) -> Response:
    """Analyses that are done keep what they found with it."""
    if not files_of(service).remove(name):
        raise problems.absent("site", name)
    return Response(status_code=204)


def files_of(service: Service) -> SiteFiles:
    """Where the sites of the service lie."""
    return SiteFiles(service.folder.sites)


def site_of(service: Service, name: str) -> Site:
    """Raises RefusedError where there is none of this name."""
    site = files_of(service).get(name)
    if site is None:
        raise problems.absent("site", name)
    return site
