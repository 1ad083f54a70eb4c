"""`/v1/models`: the models that this service answers with, their cards and how good they were found to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import ConfigDict

from aisle.core import DamagedError
from aisle.deploy.anomaly_bundle import AnomalyBundle, is_anomaly, read_anomaly
from aisle.deploy.bundle import read_card
from aisle.deploy.clip import ClipBundle, is_clip, read_clip_bundle
from aisle.deploy.head import BESIDE, HeadBundle, is_head, read_head
from aisle.deploy.model import find_bundle, network, step_of
from aisle.deploy.published import published_bundle
from aisle.models.card import Card
from aisle.service import problems
from aisle.service.answers import Page, Shape
from aisle.service.auth import Guarded, route
from aisle.service.context import Here
from aisle.service.records import Role

router = APIRouter(route_class=Guarded, tags=["models"])

FIGURES = "metrics.json"
"""Written beside a head's card by `aisle evaluate`."""

ALARM = ("precision", "recall")
"""Of the second of two classes, from the threshold on."""


class Figure(Shape):
    """A measured score with its 95% interval, where there is one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


class ClassFigure(Shape):
    """How well one class is told; `clips` is how many examples of it there were."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    clips: int


class Measured(Shape):
    """What was measured on `examples` of `groups` that the measured head had not seen; `judged` says how."""

    data: str | None
    date: str | None
    examples: int | None
    groups: int | None
    judged: str | None
    figures: list[Figure]
    classes: list[ClassFigure]


class ModelAnswer(Shape):
    """`warns` says that it has an alarm of its own, for the second of its two labels from `threshold` on. `step_s` is
    how often it answers along a video; `rendered` says that it learnt from drawings, not from real video.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "shoplifting",
                    "title": "Support vectors, 2 classes",
                    "task": "clips",
                    "labels": ["normal", "shoplifting"],
                    "backbone": "kinetics-i3d",
                    "trained_on": "99 staged clips of one shop",
                    "not_for": "Decisions about persons.",
                    "licence": "Apache-2.0",
                    "rendered": False,
                    "warns": True,
                    "threshold": 0.36,
                    "step_s": 0.32,
                    "measured": {
                        "data": "shoplifting_lab",
                        "date": "2026-11-21",
                        "examples": 99,
                        "groups": 5,
                        "judged": "each of 5 parts of the groups by a head trained on the others",
                        "figures": [{"name": "f1", "value": 0.923, "low": 0.814, "high": 0.98}],
                        "classes": [
                            {"label": "shoplifting", "precision": 0.95, "recall": 0.89, "f1": 0.92, "clips": 45}
                        ],
                    },
                    "advice": ["clips from more places or persons would help"],
                }
            ]
        },
    )

    name: str
    title: str
    task: Literal["clips", "timelines", "both"]
    labels: list[str]
    backbone: str | None
    trained_on: str
    not_for: str
    licence: str
    rendered: bool
    warns: bool
    threshold: float | None
    step_s: float
    measured: Measured | None
    advice: list[str]


class ModelsAnswer(Page[ModelAnswer]):
    """`objects` says whether analyses may ask for people and products."""

    objects: bool


@router.get(
    "/v1/models",
    operation_id="list_models",
    summary="The models of this service",
    response_model=ModelsAnswer,
    **route(Role.viewer),
)
def list_models(service: Here) -> dict[str, Any]:
    """The first one answers where none is named."""
    items = [_about(name) for name in service.settings.models]
    return {"items": items, "next": None, "objects": service.settings.objects}


@router.get(
    "/v1/models/{name}",
    operation_id="get_model",
    summary="One model",
    response_model=ModelAnswer,
    **route(Role.viewer, problems.ABSENT),
)
def get_model(service: Here, name: str) -> ModelAnswer:
    """Its card, and how good it was found to be."""
    found = next((each for each in map(_about, service.settings.models) if each.name == name), None)
    if found is None:
        raise problems.absent("model", name)
    return found


@lru_cache(maxsize=64)
def _about(name: str) -> ModelAnswer:
    """`name` may also be a bundle's folder. Raises DamagedError where it is not what it should be."""
    folder = find_bundle(name)
    if folder is None:
        known = network(name)
        return _network(known) if isinstance(known, Card) else _clip(published_bundle(known), None)
    if is_clip(folder):
        return _clip(read_clip_bundle(folder), folder)
    if is_anomaly(folder):
        return _anomaly(read_anomaly(folder), folder)
    return _head(read_head(folder), folder) if is_head(folder) else _network(read_card(folder).card)


def _network(known: Card) -> ModelAnswer:
    return ModelAnswer(
        name=known.name,
        title=known.title,
        task="both",
        labels=list(known.labels),
        backbone=None,
        trained_on=known.trained_on,
        not_for=known.not_for,
        licence=known.licence,
        rendered=False,
        warns=False,
        threshold=None,
        step_s=float(known.step),
        measured=None,
        advice=[],
    )


def _head(head: HeadBundle, folder: Path) -> ModelAnswer:
    return ModelAnswer(
        name=head.name,
        title=head.title,
        task=head.task,
        labels=list(head.labels),
        backbone=head.backbone,
        trained_on=head.trained_on,
        not_for=head.not_for,
        licence=head.licence,
        rendered=head.rendered,
        warns=head.answers.threshold is not None,
        threshold=head.answers.threshold,
        step_s=float(step_of(_under(head, folder)) / head.answers.pieces),
        measured=_measured(folder / FIGURES) or _on_card(head.measured, head.made),
        advice=list(head.measured.get("advice", ())),
    )


def _anomaly(known: AnomalyBundle, folder: Path) -> ModelAnswer:
    return ModelAnswer(
        name=known.name,
        title=known.title,
        task="timelines",
        labels=list(known.labels),
        backbone=known.backbone,
        trained_on=known.trained_on,
        not_for=known.not_for,
        licence=known.licence,
        rendered=known.rendered,
        warns=True,
        threshold=known.answers.threshold,
        step_s=float(step_of(_under(known, folder))),
        measured=_measured(folder / FIGURES),
        advice=[known.threshold_told],
    )


def _under(reader: HeadBundle | AnomalyBundle, folder: Path) -> str | Path:
    """What it reads features of: an export has it beside, wherever it was made."""
    beside = folder / BESIDE
    return beside if beside.is_dir() else reader.backbone


def _clip(known: ClipBundle, folder: Path | None) -> ModelAnswer:
    return ModelAnswer(
        name=known.name,
        title=known.title,
        task=known.task,
        labels=list(known.labels),
        backbone=None,
        trained_on=known.trained_on,
        not_for=known.not_for,
        licence=known.licence,
        rendered=known.rendered,
        warns=known.answers.threshold is not None,
        threshold=known.answers.threshold,
        step_s=float(known.steps.stride / known.reads.rate / known.answers.pieces),
        measured=(_measured(folder / FIGURES) if folder else None) or _on_card(known.measured, known.made),
        advice=list(known.measured.get("advice", ())),
    )


def _measured(file: Path) -> Measured | None:
    """What `aisle evaluate` found, None where there is nothing. Raises DamagedError for another file of that name."""
    if not file.is_file():
        return None
    try:
        said = json.loads(file.read_text("utf-8"))
        spans = said.get("confidence") or {}
        return Measured(
            data=Path(said["data"]).name,
            date=said["date"][:10],
            examples=said["examples"],
            groups=said["groups"],
            judged=said["judged"],
            figures=[
                *(Figure(name=name, **_span(spans[name])) for name in spans),
                *(Figure(name=name, value=round(said[name], 4)) for name in ALARM if said.get(name) is not None),
            ],
            classes=[_class(each) for each in (said.get("clips") or {}).get("per_class", ())],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{file.name} of a model cannot be read", got=str(error), do="evaluate it again") from error


def _span(said: dict[str, float]) -> dict[str, float]:
    return {part: round(said[part], 4) for part in ("value", "low", "high")}


def _class(said: dict[str, Any]) -> ClassFigure:
    rates = {name: None if said[name] is None else round(said[name], 4) for name in ("precision", "recall", "f1")}
    return ClassFigure(label=said["label"], clips=said["support"], **rates)


def _on_card(measured: Mapping[str, Any], made: Mapping[str, str]) -> Measured | None:
    """The figures that its training put on the card."""
    found = {name: value for name, value in measured.items() if isinstance(value, float)}
    if not found:
        return None
    spans = {name: measured.get(f"{name} 95%") or (None, None) for name in found}
    figures = [Figure(name=name, value=value, low=spans[name][0], high=spans[name][1]) for name, value in found.items()]
    return Measured(
        data=None, date=made.get("date"), examples=None, groups=None, judged=None, figures=figures, classes=[]
    )
