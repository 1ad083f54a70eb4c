"""What is to be drawn into a copy, as JSON for the process that draws it; boxes to a tenth of a pixel."""

from __future__ import annotations

import base64

import numpy as np

from aisle.core.boxes import Boxes
from aisle.core.detections import Detections, Hand, Observation, Pose
from aisle.core.heat import Heat
from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.observed import Observed
from aisle.core.site import Site, Zone, ZoneKind
from aisle.core.time import Grid
from aisle.core.unusual import Unusual
from aisle.media._risk import Risk
from aisle.media._wire import Json, from_info, from_time, to_end, to_info, to_time
from aisle.media.draw_objects import Objects


def from_objects(objects: Objects) -> Json:
    observed = objects.observed
    return {
        "info": from_info(observed.info),
        "rate": from_time(observed.rate),
        "duration": from_time(observed.duration),
        "looks": [_from_look(look) for look in observed.observations],
        "interactions": [_from_interaction(did) for did in objects.interactions],
        "site": objects.site and _from_site(objects.site),
        "risk": objects.risk and _from_risk(objects.risk),
    }


def to_objects(told: Json) -> Objects:
    looks = tuple(_to_look(look) for look in told["looks"])
    observed = Observed(to_info(told["info"]), to_time(told["rate"]), looks, duration=to_end(told["duration"]))
    return Objects(
        observed,
        tuple(_to_interaction(did) for did in told["interactions"]),
        told["site"] and _to_site(told["site"]),
        told["risk"] and _to_risk(told["risk"]),
    )


def _from_look(look: Observation) -> Json:
    found = look.found
    return {
        "at": [from_time(look.time), look.frame, look.width, look.height],
        "boxes": np.round(found.boxes.corners.astype(float), 1).tolist(),
        "scores": np.round(found.boxes.scores.astype(float), 4).tolist(),
        "labels": found.labels,
        "tracks": found.tracks.tolist(),
        "poses": [[pose.track, np.round(pose.joints.astype(float), 2).tolist()] for pose in look.poses],
        "hands": [
            [hand.track, hand.side, hand.x, hand.y, hand.score, None if hand.holds != hand.holds else hand.holds]
            for hand in look.hands
        ],
    }


def _to_look(told: Json) -> Observation:
    time, frame, width, height = told["at"]
    corners = np.array(told["boxes"], np.float32).reshape(-1, 4)
    boxes = Boxes(corners, np.array(told["scores"], np.float32))
    found = Detections(boxes, tuple(told["labels"]), np.array(told["tracks"], np.int64))
    poses = tuple(Pose(track, np.array(joints, np.float32)) for track, joints in told["poses"])
    hands = tuple(
        Hand(track, side, x, y, score, float("nan") if holds is None else holds)
        for track, side, x, y, score, holds in told["hands"]
    )
    return Observation(to_time(time), frame, width, height, found, poses, hands)


def _from_interaction(did: Interaction) -> Json:
    stretch = [from_time(did.start), from_time(did.end)]
    return [did.kind.value, *stretch, did.track, did.zone, did.product, did.confidence]


def _to_interaction(told: Json) -> Interaction:
    kind, start, end, *rest = told
    return Interaction(InteractionKind(kind), to_time(start), to_time(end), *rest)


def _from_site(site: Site) -> Json:
    return [site.name, [[zone.name, zone.kind.value, zone.polygon] for zone in site.zones]]


def _to_site(told: Json) -> Site:
    name, zones = told
    made = (Zone(called, ZoneKind(kind), tuple((x, y) for x, y in corners)) for called, kind, corners in zones)
    return Site(name, tuple(made))


def _from_risk(risk: Risk) -> Json:
    return [np.round(risk.values.astype(float), 3).tolist(), _from_grid(risk.grid), risk.threshold]


def _to_risk(told: Json) -> Risk:
    values, grid, threshold = told
    return Risk(np.array(values, np.float32), _to_grid(grid), threshold)


def from_unusual(unusual: Unusual) -> Json:
    """Heat in 255 steps, as it is drawn."""
    heat = unusual.heat
    levels = np.rint(np.clip(heat.values, 0, 1) * 255).astype(np.uint8)
    risks = unusual.risks.astype(float).tolist()
    return [base64.b64encode(levels.tobytes()).decode(), levels.shape, _from_grid(heat.grid), risks, unusual.threshold]


def to_unusual(told: Json) -> Unusual:
    levels, shape, grid, risks, threshold = told
    values = np.frombuffer(base64.b64decode(levels), np.uint8).reshape(shape).astype(np.float32) / np.float32(255)
    return Unusual(Heat(values, _to_grid(grid)), np.array(risks, np.float32), threshold)


def _from_grid(grid: Grid) -> Json:
    return [from_time(grid.start), from_time(grid.step), from_time(grid.span), grid.count]


def _to_grid(told: Json) -> Grid:
    start, step, span, count = told
    return Grid(to_time(start), to_time(step), to_time(span), count)
