"""The service is killed with -9 while videos arrive and are analysed: what was acknowledged is kept, nothing else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from videos import make_video

from .running import running, wait

SERVE = """
import sys, time
from pathlib import Path
from service.running import running

with running(Path(sys.argv[1])) as service:
    service.models.held.set()
    print(service.url, flush=True)
    time.sleep(60)
"""


def test_what_was_acknowledged_outlives_a_kill_and_half_an_upload_does_not(tmp_path: Path) -> None:
    data, video = tmp_path / "data", make_video(tmp_path / "a.mp4").read_bytes()
    tests = Path(__file__).parents[1]
    killed = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(data)],
        env={**os.environ, "PYTHONPATH": str(tests)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with killed:
        assert killed.stdout is not None
        url = httpx.URL(killed.stdout.readline().strip())
        accepted = [httpx.post(f"{url}/v1/analyses", files={"file": ("a.mp4", video)}).json()["id"] for _ in range(3)]
        with socket.create_connection((url.host, url.port or 0)) as half:
            half.sendall(
                b"POST /v1/analyses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n"
                b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.mp4"\r\n\r\n' + b"a" * 3_000_000
            )
            wait(lambda: any(part.stat().st_size for part in (data / "incoming").iterdir()))
            wait(lambda: httpx.get(f"{url}/v1/analyses/{accepted[0]}").json()["state"] == "running")
            killed.send_signal(signal.SIGKILL)
    with running(data) as service:
        assert not list(service.settings.incoming.iterdir())
        assert [service.finished(id_).state for id_ in accepted] == ["done"] * 3
        assert len(service.store.jobs()) == 3
        assert len(list(service.folder.uploads.iterdir())) == 3
        assert service.client.get(f"/v1/analyses/{accepted[0]}").json()["attempts"] == 2
