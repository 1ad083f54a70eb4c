"""A real RTSP server on this machine, GStreamer's, that plays a video in a loop and can be cut off as cables are."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's, as its packages hold the bindings: gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-{base,good,bad}."""

IMPORTS = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
"""

PLAYS = 120
"""Seconds at least until the loop ends after all; long enough for every test."""

NEEDED = IMPORTS + "assert all(map(Gst.ElementFactory.find, ['qtdemux', 'h264parse', 'rtph264pay']))"

SERVE = (
    IMPORTS
    + """
port, video, user, password = sys.argv[1:]
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f'( filesrc location="{video}" ! qtdemux ! h264parse ! rtph264pay name=pay0 config-interval=1 )'
)
if user:
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("access", "construct"):
        permissions.add_permission_for_role("viewer", f"media.factory.{right}", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/shop", factory)
assert server.attach(None), "the port is taken"
print("ready", flush=True)
GLib.MainLoop().run()
"""
)


@functools.cache
def _is_installed() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], capture_output=True, check=False).returncode == 0


class RtspCamera:
    """Plays the H.264 of a video at `url`, over and over, from its beginning for each who connects."""

    def __init__(self, video: Path, *, user: str = "", password: str = "") -> None:
        self._user, self._password = user, password
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{self._port}/shop"
        self.show(video)

    def show(self, video: Path) -> None:
        """Plays another video from the next `start` on."""
        self._looped = video.with_suffix(".looped.mp4")
        with av.open(str(video)) as source, av.open(str(self._looped), "w") as output:
            pictures = source.streams.video[0]
            copied = output.add_stream_from_template(pictures)
            packets = [packet for packet in source.demux(pictures) if packet.size]
            length = sum(packet.duration for packet in packets)
            for again in range(math.ceil(PLAYS / (length * pictures.time_base))):
                for packet in packets:
                    turn = av.Packet(bytes(packet))
                    turn.stream, turn.is_keyframe, turn.duration = copied, packet.is_keyframe, packet.duration
                    turn.time_base = pictures.time_base
                    turn.pts, turn.dts = packet.pts + again * length, packet.dts + again * length
                    output.mux(turn)

    def start(self) -> None:
        words = [str(self._port), str(self._looped), self._user, self._password]
        self._process = subprocess.Popen([SYSTEM_PYTHON, "-c", SERVE, *words], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def freeze(self) -> None:
        """It keeps its connections and sends nothing more."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def cut_off(self) -> None:
        """As when the power goes: nothing is said to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@contextlib.contextmanager
def rtsp_camera(video: Path, *, user: str = "", password: str = "") -> Iterator[RtspCamera]:
    """A camera that runs; skips the test where GStreamer's RTSP server is not installed."""
    if not _is_installed():
        pytest.skip("needs Debian's gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-{base,good,bad}, python3-gi")
    camera = RtspCamera(video, user=user, password=password)
    camera.start()
    try:
        yield camera
    finally:
        camera.cut_off()
