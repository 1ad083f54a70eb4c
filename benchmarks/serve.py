"""`make bench-serve`: the service under load, beside the bare pipeline and the plainest endpoint there is.

Bounded, on loopback only. Every client waits for its answer before it sends the next video, and comes back after as
many seconds as the service asks for when that is full.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx
import numpy as np
import record

from aisle.data.rendered import render_to

HERE = Path(__file__).parent
SECONDS, WIDTH, HEIGHT = Fraction(4), 320, 240
CLIENTS = (1, 4, 16, 64)
LEAST = 24
"""So many videos are sent at least for each number of clients."""
STEADY, SHORT = 500, Fraction(1, 2)
OVERLOAD = 200
BARE = """
import sys, time
from aisle import analyze, open_model
model = open_model("kinetics-i3d")
analyze(sys.argv[1], model)
begun = time.perf_counter()
for _ in range(int(sys.argv[2])):
    analyze(sys.argv[1], model)
print(int(sys.argv[2]) / (time.perf_counter() - begun))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        video, short = Path(folder, "video.mp4"), Path(folder, "short.mp4")
        render_to(video, seconds=SECONDS, width=WIDTH, height=HEIGHT, seed=1)
        render_to(short, seconds=SHORT, width=WIDTH, height=HEIGHT, seed=2)
        figures: dict[str, Any] = {"video": f"{SECONDS} s, {WIDTH}x{HEIGHT}, {video.stat().st_size} bytes"}
        figures["bare_videos_a_second"] = [bare(video)]
        with plain() as (base, _):
            figures["plain"] = [asyncio.run(load(base, video, clients)) for clients in CLIENTS]
        with aisle_serve(Path(folder, "data")) as (base, process):
            figures["aisle"] = [asyncio.run(load(base, video, clients)) for clients in CLIENTS]
            figures["overload"] = asyncio.run(overload(base, video))
            figures["memory"] = memory(base, short, process)
        figures["bare_videos_a_second"].append(bare(video))  # before and after, as a machine's speed changes
    record.save("serve", compared(figures))


def bare(video: Path, count: int = 12) -> float:
    """Videos a second of the pipeline alone, one after the other."""
    done = subprocess.run([sys.executable, "-c", BARE, video, str(count)], check=True, capture_output=True, text=True)
    return round(float(done.stdout), 3)


@contextmanager
def plain() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    with started([sys.executable, str(HERE / "plain_service.py"), str(port)], port) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def aisle_serve(data: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [sys.executable, "-m", "aisle", "serve", "--port", str(port), "--data", str(data), *more]
    with started(command, port, path="/readyz") as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def started(command: list[str], port: int, path: str = "/healthz") -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                if process.poll() is not None:
                    raise SystemExit(f"{command} ended with {process.returncode}")
                try:
                    if httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                sleep(0.2)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def load(base: str, video: Path, clients: int) -> dict[str, Any]:
    """`clients` at a time, each sending the video as often as its share."""
    content, took, codes = video.read_bytes(), list[float](), Counter[int]()
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=base, timeout=600, limits=limits) as client:
        await send(client, content)  # the first of a size prepares its network
        begun = perf_counter()

        async def one(count: int) -> None:
            for _ in range(count):
                started = perf_counter()
                while (code := (answer := await send(client, content)).status_code) == 429:
                    codes[code] += 1
                    await asyncio.sleep(float(answer.headers["retry-after"]))
                codes[code] += 1
                took.append(perf_counter() - started)

        await asyncio.gather(*(one(-(-LEAST // clients)) for _ in range(clients)))
        wall = perf_counter() - begun
    return {
        "clients": clients,
        "videos_a_second": round(len(took) / wall, 3),
        **{f"p{part}_s": round(float(np.percentile(took, part)), 3) for part in (50, 95, 99)},
        "codes": dict(codes),
    }


async def overload(base: str, video: Path) -> dict[str, Any]:
    """Everybody at once and nobody coming back: who is refused is told at once, who is taken gets an answer."""
    content = video.read_bytes()
    async with httpx.AsyncClient(base_url=base, timeout=600, limits=httpx.Limits(max_connections=OVERLOAD)) as client:
        begun = perf_counter()
        answers = await asyncio.gather(*(timed(client, content) for _ in range(OVERLOAD)))
        wall = perf_counter() - begun
    served = [took for code, took in answers if code == 200]
    refused = [took for code, took in answers if code == 429]
    return {
        "requests_at_once": OVERLOAD,
        "codes": dict(Counter(code for code, _ in answers)),
        "videos_a_second": round(len(served) / wall, 3),
        "slowest_answer_s": round(max(served), 2),
        "slowest_refusal_s": round(max(refused, default=0.0), 2),
    }


async def timed(client: httpx.AsyncClient, content: bytes) -> tuple[int, float]:
    begun = perf_counter()
    return (await send(client, content)).status_code, perf_counter() - begun


async def send(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await client.post("/v1/classify", files={"file": ("video.mp4", content, "video/mp4")})


def memory(base: str, video: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Megabytes of the service and its children, over many requests."""
    sizes: list[float] = []
    with httpx.Client(base_url=base, timeout=600) as client:
        content = video.read_bytes()
        for number in range(STEADY + 1):
            client.post("/v1/classify", files={"file": ("video.mp4", content, "video/mp4")}).raise_for_status()
            if number % 100 == 0:
                sizes.append(round(resident(process.pid)))
    return {"requests": STEADY, "video": f"{float(SHORT)} s", "mb_every_100": sizes}


def resident(pid: int) -> float:
    """Megabytes of the process and all below it, what they share counted in part."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    below = [int(child) for file in children for child in file.read_text("ascii").split()]
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    own = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return own / 1000 + sum(map(resident, below))


def compared(figures: dict[str, Any]) -> dict[str, Any]:
    """With the share that the service takes off the bare pipeline where it is full."""
    alone = max(figures["bare_videos_a_second"])
    best = max(one["videos_a_second"] for one in figures["aisle"])
    plain_best = max(one["videos_a_second"] for one in figures["plain"])
    return {**figures, "overhead": round(1 - best / alone, 3), "plain_overhead": round(1 - plain_best / alone, 3)}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
