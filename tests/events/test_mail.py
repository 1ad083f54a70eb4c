"""Mail to a real server in this process: aiosmtpd."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aisle.core import UsageError
from aisle.events import mail as mail_file
from aisle.events.delivery import Delivery, NotNowError, Pace, RefusedError
from aisle.events.mail import mailbox
from aisle.events.message import Account
from aisle.events.sink import open_sink
from brokers import Certificate, free_port, happening, trusted_certificate, until

controller = pytest.importorskip("aiosmtpd.controller", reason="needs aiosmtpd, of the extra dev")
smtp = pytest.importorskip("aiosmtpd.smtp", reason="needs aiosmtpd, of the extra dev")

CLOCK = Fraction(1_700_000_000)
FROM_TO = "/?to=guard@shop.example&from=aisle@shop.example"


@dataclass
class Postbox:
    """What came. `answers` are given to the first mails in place of an OK; nobody@... is refused."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    logins: set[tuple[bytes, bytes]] = field(default_factory=set)
    encrypted: list[bool] = field(default_factory=list)

    async def take(self, _server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def address(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("nobody"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def let_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        self.logins.add((data.login, data.password))
        return smtp.AuthResult(success=data.password == b"p@ss", handled=False)


@contextlib.contextmanager
def delivering(postbox: Postbox, **settings: Any) -> Iterator[Postbox]:
    handler = SimpleNamespace(handle_DATA=postbox.take, handle_RCPT=postbox.address)
    postbox.port = free_port()
    server = controller.Controller(handler, "127.0.0.1", postbox.port, authenticator=postbox.let_in, **settings)
    server.start()
    try:
        yield postbox
    finally:
        server.stop()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with delivering(Postbox()) as ready:
        yield ready


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "e0.mp4"
    path.write_bytes(b"clip")
    return path


def text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content


def attached(mail: EmailMessage) -> list[tuple[str | None, str, bytes]]:
    return [(part.get_filename(), part.get_content_type(), part.get_content()) for part in mail.iter_attachments()]


def test_one_mail_at_the_start_and_one_with_the_clip(postbox: Postbox, clip: Path, tmp_path: Path) -> None:
    sink = open_sink(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}", spool=tmp_path / "spool")
    for event in (happening(clock=CLOCK), happening(updated=3, clock=CLOCK)):
        sink.send(event, None)
    sink.send(happening(updated=4, ended=True, clock=CLOCK), clip)
    until(lambda: len(postbox.mails) == 2)
    sink.close()
    first, second = postbox.mails
    assert first["Subject"] == second["Subject"] == "shoplifting: till 1, 2023-11-14 22:13:21 UTC"
    assert (first["From"], first["To"]) == ("aisle@shop.example", "guard@shop.example")
    assert (first["Message-ID"], second["References"]) == ("<e0-0@aisle.invalid>", "<e0-0@aisle.invalid>")
    assert text(first).splitlines() == [
        "shoplifting at till 1",
        "It started 2023-11-14 22:13:21 UTC, and goes on. The highest risk was 75%.",
    ]
    assert text(second).splitlines()[1:] == [
        "It started 2023-11-14 22:13:21 UTC, and lasted 3.0 s. The highest risk was 75%.",
        "The clip e0.mp4 is attached.",
    ]
    assert (attached(first), attached(second)) == ([], [("e0.mp4", "video/mp4", b"clip")])


def test_the_end_without_a_clip_is_no_mail(postbox: Postbox, tmp_path: Path) -> None:
    sink = open_sink(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}", spool=tmp_path / "spool")
    sink.send(happening(), None)
    sink.send(happening(ended=True), None)
    sink.send(happening(1), None)
    until(lambda: len(postbox.mails) == 2)
    sink.close()
    assert [mail["Message-ID"] for mail in postbox.mails] == ["<e0-0@aisle.invalid>", "<e1-0@aisle.invalid>"]


@pytest.mark.parametrize("why", ["too large", "gone"])
def test_a_clip_that_cannot_go_along(why: str, postbox: Postbox, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "gone":
        clip.unlink()
    monkeypatch.setattr(mail_file, "LARGEST", 3)
    message = Account().message(happening(), clip)
    mailbox(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}").deliver(message, clip)
    [mail] = postbox.mails
    assert attached(mail) == []
    assert text(mail).splitlines()[-1] == "The clip e0.mp4 is kept where it was recorded."


def test_a_recording_without_a_clock_and_a_name_of_two_lines(postbox: Postbox) -> None:
    message = Account().message(happening(camera="Kasse\r\nBcc: all@shop.example"), None)
    mailbox(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}").deliver(message, None)
    [mail] = postbox.mails
    assert mail["Subject"].strip() == "shoplifting: Kasse Bcc: all@shop.example, 0:00:01.000 into the recording"
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    ("answer", "kind"), [("554 spam", RefusedError), ("552 too large", RefusedError), ("451 later", NotNowError)]
)
def test_what_a_server_says(answer: str, kind: type[Exception], postbox: Postbox) -> None:
    postbox.answers = [answer]
    with pytest.raises(kind, match=answer):
        mailbox(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}").deliver(Account().message(happening(), None), None)


def test_a_server_that_takes_it_later(postbox: Postbox, tmp_path: Path) -> None:
    postbox.answers = ["451 later", "421 closing"]
    mails = mailbox(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}")
    delivery = Delivery(mails, tmp_path / "spool", pace=Pace(first=0.01, most=0.05))
    delivery.send(happening(), None)
    until(lambda: delivery.statistics.delivered)
    delivery.close()
    assert (len(postbox.mails), delivery.statistics.failed) == (1, 2)


def test_one_person_of_two_is_not_known(postbox: Postbox, caplog: pytest.LogCaptureFixture) -> None:
    at = f"smtp://127.0.0.1:{postbox.port}/?from=a@b.c&to="
    message = Account().message(happening(), None)
    mailbox(f"{at}guard@b.c,nobody@b.c").deliver(message, None)
    assert (len(postbox.mails), caplog.messages) == (
        1,
        [f"smtp://127.0.0.1:{postbox.port} takes no mail for nobody@b.c"],
    )
    with pytest.raises(RefusedError, match="550 no such person"):
        mailbox(f"{at}nobody@b.c").deliver(message, None)


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[Certificate]:
    with trusted_certificate(tmp_path) as made:
        yield made


def test_starttls_and_a_password(certificate: Certificate) -> None:
    message = Account().message(happening(), None)
    tls = certificate.context()
    with delivering(Postbox(), tls_context=tls, require_starttls=True, auth_required=True) as postbox:
        at = f"localhost:{postbox.port}{FROM_TO}"
        mailbox(f"smtp://guard:p%40ss@{at}").deliver(message, None)
        with pytest.raises(NotNowError, match="does not let us in; got: 535"):
            mailbox(f"smtp://guard:hunter2@{at}").deliver(message, None)
    assert postbox.logins == {(b"guard", b"p@ss"), (b"guard", b"hunter2")}
    assert postbox.encrypted == [True]


def test_tls_from_the_first_byte(certificate: Certificate) -> None:
    postbox = Postbox()
    handler = SimpleNamespace(handle_DATA=postbox.take, handle_RCPT=postbox.address)
    server = controller.Controller(handler, "127.0.0.1", free_port(), ssl_context=certificate.context())
    server.start()
    mailbox(f"smtps://localhost:{server.port}{FROM_TO}").deliver(Account().message(happening(), None), None)
    server.stop()
    assert len(postbox.mails) == 1


def test_nothing_goes_out_in_the_clear_to_another_machine(postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_file, "_here", lambda _: False)
    with pytest.raises(NotNowError, match="STARTTLS extension not supported"):
        mailbox(f"smtp://127.0.0.1:{postbox.port}{FROM_TO}").deliver(Account().message(happening(), None), None)
    assert postbox.mails == []


def test_nobody_there() -> None:
    with pytest.raises(NotNowError, match="cannot reach smtp://127"):
        mailbox(f"smtp://127.0.0.1:{free_port()}{FROM_TO}").deliver(Account().message(happening(), None), None)


def test_the_sender_is_who_logs_in_unless_another_is_named() -> None:
    made = mailbox("smtp://guard%40shop.example:hunter2@host/?to=a@b.c,%20d@e.f&to=g@h.i")
    assert (made.sender, made.to, made.where) == ("guard@shop.example", ("a@b.c", "d@e.f", "g@h.i"), "smtp://host")
    assert "hunter2" not in repr(made)


@pytest.mark.parametrize(
    "address",
    [
        "smtp://host/",
        "smtp://host/?to=a@b.c",
        "smtp://guard:pw@host/?to=a@b.c",
        "smtp://host/?from=a@b.c",
        "smtp://host/?from=a@b.c&to=guard",
        "smtp://host/?from=a@b.c&to=a@b.c%0ABcc:all@b.c",
        "smtp://host/?from=a@b.c&to=a@b.c&subject=x",
        "smtps://?from=a@b.c&to=a@b.c",
    ],
)
def test_what_is_no_address(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="allowed: smtp://name:password@host:587"):
        open_sink(address, spool=tmp_path)
