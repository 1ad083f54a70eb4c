"""The plainest service there is, to compare with: one endpoint that runs the model on each upload as it comes."""

from __future__ import annotations

import sys
import tempfile
from threading import Lock
from typing import Any

import uvicorn
from fastapi import FastAPI, UploadFile

from aisle import analyze, open_model

app = FastAPI()
model = open_model("kinetics-i3d")
alone = Lock()  # a packaged model serves one video at a time


@app.post("/v1/classify")
def classify(file: UploadFile) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile(suffix=".mp4") as video:
        video.write(file.file.read())
        video.flush()
        with alone:
            best = analyze(video.name, model).predictions[0]
    return {"label": best.label, "probability": best.probability}


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
