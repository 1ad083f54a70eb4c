from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from aisle.core import UsageError
from aisle.events.delivery import NotNowError, RefusedError
from aisle.events.message import Account, Message
from aisle.events.sink import open_sink
from aisle.events.webhook import LONGEST, Webhook, signature, webhook
from brokers import Answer, Posted, Receiver, free_port, happening, receiving, trusted_certificate, until

SECRET = "known to both"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as ready:
        yield ready


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_WEBHOOK_SECRET", SECRET)


def news() -> Message:
    return Account().message(happening(), None)


def is_ours(posted: Posted, *, now: float) -> bool:
    """As a receiver would check it; the documents show the same."""
    parts = dict(part.split("=", 1) for part in posted.headers["Aisle-Signature"].split(","))
    signed = f"{parts['t']}.".encode() + posted.body
    wanted = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(parts["v1"], wanted) and abs(now - int(parts["t"])) < 300


def test_a_signed_post(receiver: Receiver, tmp_path: Path) -> None:
    sink = open_sink(receiver.url, spool=tmp_path)
    sink.send(happening(), Path("e0.mp4"))
    sink.close()
    [posted] = receiver.got
    assert (posted.path, posted.headers["Content-Type"]) == ("/hook", "application/json")
    assert posted.headers["Idempotency-Key"] == json.loads(posted.body)["key"] == "e0-0"
    assert is_ours(posted, now=time.time())
    assert not is_ours(posted, now=time.time() + 3600)
    assert not is_ours(Posted("/hook", posted.headers, posted.body + b" "), now=time.time())


def test_the_signature_as_openssl_makes_it() -> None:
    """printf '1700000000.{}' | openssl dgst -sha256 -hmac 'known to both'"""
    made = signature(SECRET.encode(), 1_700_000_000, b"{}")
    assert made == "t=1700000000,v1=a709bc41f54912d8e350561604214908ec0d5fc7bbe352912a3b0948536219a4"


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422, 301, 302, 308])
def test_what_a_server_refuses(receiver: Receiver, status: int) -> None:
    receiver.answers = [Answer(status)]
    with pytest.raises(RefusedError, match=f"got: {status}"):
        webhook(receiver.url).deliver(news(), None)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_a_server_puts_off(receiver: Receiver, status: int) -> None:
    receiver.answers = [Answer(status)]
    with pytest.raises(NotNowError, match=f"got: {status}") as caught:
        webhook(receiver.url).deliver(news(), None)
    assert caught.value.after == 0


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_a_server_takes(receiver: Receiver, status: int) -> None:
    receiver.answers = [Answer(status)]
    webhook(receiver.url).deliver(news(), None)
    assert len(receiver.got) == 1


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving(Receiver()) as other:
        receiver.answers = [Answer(status, {"Location": other.url}) for status in (307, 303)]
        for _ in range(2):
            with pytest.raises(RefusedError, match="redirects are not followed"):
                webhook(receiver.url).deliver(news(), None)
        assert other.got == []


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("7", 7, 7),
        ("999999", LONGEST, LONGEST),
        (900, 800, 900),
        (-900, 0, 0),
        ("soon", 0, 0),
        ("-3", 0, 0),
    ],
)
def test_retry_after_is_honoured(receiver: Receiver, said: str | int, least: float, most: float) -> None:
    if isinstance(said, int):  # seconds from now, as a date
        said = format_datetime(datetime.now(UTC) + timedelta(seconds=said), usegmt=True)
    receiver.answers = [Answer(429, {"Retry-After": said})]
    with pytest.raises(NotNowError) as caught:
        webhook(receiver.url).deliver(news(), None)
    assert least <= caught.value.after <= most


def test_a_server_that_stalls(receiver: Receiver) -> None:
    stalls = threading.Event()
    receiver.answers = [Answer(stalls=stalls)]
    hook = webhook(receiver.url)
    with pytest.raises(NotNowError, match="timed out"):
        Webhook(hook.url, hook.where, "", b"secret", patience=0.05).deliver(news(), None)
    stalls.set()


def test_tls_and_who_has_signed_for_the_server(tmp_path: Path) -> None:
    with trusted_certificate(tmp_path) as made, receiving(Receiver(), certificate=made) as receiver:
        webhook(receiver.url).deliver(news(), None)
        assert len(receiver.got) == 1
        made.cert.write_text("", encoding="utf-8")  # nobody is trusted any more
        with pytest.raises(NotNowError, match="CERTIFICATE_VERIFY_FAILED"):
            webhook(receiver.url).deliver(news(), None)


def test_nobody_there() -> None:
    with pytest.raises(NotNowError, match=r"cannot reach http://127\.0\.0\.1:.*refused"):
        webhook(f"http://127.0.0.1:{free_port()}/hook").deliver(news(), None)


def test_a_login_and_the_rest_of_the_query_go_along(receiver: Receiver, tmp_path: Path) -> None:
    file = tmp_path / "my secret"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    address = receiver.url.replace("//", "//guard:p%40ss@") + f"?to=a%20b&secret-file={tmp_path}/my%20secret&x"
    webhook(address).deliver(news(), None)
    [posted] = receiver.got
    assert (posted.path, posted.headers["Authorization"]) == ("/hook?to=a%20b&x", "Basic Z3VhcmQ6cEBzcw==")
    assert is_ours(posted, now=time.time())


def test_no_secret_is_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    address = f"http://guard:hunter2@127.0.0.1:{free_port()}/services/T0K3N?key=T0K3N"
    sink = open_sink(address, spool=tmp_path)
    sink.send(happening(), None)
    until(lambda: caplog.messages)
    sink.close()
    waiting = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.json"))
    shown = f"{caplog.text} {webhook(address)!r} {waiting} {list(tmp_path.rglob('*'))}"
    assert "e0" in waiting
    assert not any(secret in shown for secret in ("hunter2", "T0K3N", SECRET))


def test_a_webhook_is_signed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AISLE_WEBHOOK_SECRET")
    with pytest.raises(UsageError, match=r"there is no secret; .*do: put one"):
        open_sink("https://localhost/hook", spool=tmp_path)
    with pytest.raises(UsageError, match="cannot be read; got: nowhere: No such file"):
        open_sink("https://localhost/hook?secret-file=nowhere", spool=tmp_path)


@pytest.mark.parametrize("address", ["https:///hook", "http:", "https://host:port/", "http://[::1/"])
def test_what_is_no_address(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"an address .*allowed: https://host/path"):
        open_sink(address, spool=tmp_path)
