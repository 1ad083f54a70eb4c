"""`aisle classify --model` of a classifier of whole videos."""

from __future__ import annotations

import json
from pathlib import Path

from aisle.apps.console import progress, say
from aisle.apps.one_by_one import Failures


def sort_videos(videos: list[str], model: str, top: int, *, as_json: bool, quiet: bool) -> None:
    """Says the likeliest categories of each."""
    from aisle.deploy.video_class import open_video_classifier

    with progress(f"preparing {model}", quiet=quiet) as listener:
        classifier = open_video_classifier(model, progress=listener)
    done, failed = [], Failures()
    for video in videos:
        with failed.noting(video):
            with progress(video, quiet=quiet) as listener:
                found = classifier(Path(video), progress=listener)[:top]
            shares = [{"label": one.label, "probability": round(one.probability, 6)} for one in found]
            done.append({"video": video, "model": classifier.bundle.name, "predictions": shares})
            if not as_json:
                say("\n".join([video, *(f"  {one.probability:6.1%}  {one.label}" for one in found)]))
    if as_json:
        say(json.dumps(done, indent=2))
    failed.leave()
