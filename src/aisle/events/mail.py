"""News by e-mail: one when an event starts, and one more with its clip once it has ended."""

from __future__ import annotations

import ipaddress
import mimetypes
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import localtime
from pathlib import Path

from aisle.core import UsageError, clock
from aisle.core.unusual import corner
from aisle.events._place import Place, place
from aisle.events.delivery import Delivery, NotNowError, RefusedError, folder_of, log
from aisle.events.message import Message

SCHEMES = ("smtp", "smtps")
PORTS = {"smtp": 587, "smtps": 465}
EXAMPLE = "smtp://name:password@host:587/?to=guard@shop.example&from=aisle@shop.example"
LARGEST = 10_000_000
"""Bytes of a clip that still goes along; many servers take no more."""

PATIENCE = 20
"""Seconds that a server may take to answer."""


@dataclass(frozen=True)
class Mailbox:
    """Sends over the server at `server` to the addresses `to`."""

    server: Place
    sender: str
    to: tuple[str, ...]
    patience: float = field(default=PATIENCE)

    @property
    def where(self) -> str:
        return self.server.where

    def takes(self, message: Message) -> bool:
        """A start, and an end that brings a clip; nobody wants a mail a second."""
        return message.state == "started" or (message.state == "ended" and message.evidence is not None)

    def deliver(self, message: Message, clip: Path | None) -> None:
        """Raises RefusedError where the server will not take this mail, NotNowError for all else."""
        mail = self._written(message, clip)
        try:
            with self._connected() as server:
                if refused := server.send_message(mail):
                    log.warning("%s takes no mail for %s", self.where, ", ".join(refused))
        except smtplib.SMTPAuthenticationError as error:
            raise NotNowError(f"{self.where} does not let us in", got=_said(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise self._not_taken(smtplib.SMTPResponseException(code, text)) from error
        except smtplib.SMTPResponseException as error:
            raise self._not_taken(error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotNowError(f"cannot reach {self.where}", got=error or type(error).__name__) from error

    def close(self) -> None:
        """Nothing is left open between two mails."""

    def _connected(self) -> smtplib.SMTP:
        """Encrypted, unless the server is on this machine, and logged in."""
        at, context = self.server, ssl.create_default_context()
        port = at.port or PORTS[at.scheme]
        if at.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(at.host, port, timeout=self.patience, context=context)
        else:
            server = smtplib.SMTP(at.host, port, timeout=self.patience)
        try:
            server.ehlo()
            if at.scheme == "smtp" and (server.has_extn("starttls") or not _here(at.host)):
                server.starttls(context=context)
            if at.name:
                server.login(at.name, at.password)
        except BaseException:
            server.close()
            raise
        return server

    def _not_taken(self, error: smtplib.SMTPResponseException) -> NotNowError | RefusedError:
        if error.smtp_code >= 500:
            return RefusedError(f"{self.where} does not take it", got=_said(error))
        return NotNowError(f"{self.where} is not ready", got=_said(error))

    def _written(self, message: Message, clip: Path | None) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Date"] = self.sender, ", ".join(self.to), localtime()
        mail["Subject"] = _line(f"{message.kind}: {message.camera}, {_when(message)}")
        mail["Message-ID"] = f"<{message.key}@aisle.invalid>"
        if message.sequence:
            mail["References"] = f"<{message.id}-0@aisle.invalid>"  # so that both stand together
        content = _content(clip)
        mail.set_content("\n".join([*_lines(message), *_about(message, content)]))
        if clip is not None and content is not None:
            main, _, sub = (mimetypes.guess_type(clip.name)[0] or "application/octet-stream").partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=clip.name)
        return mail


def sink(address: str, spool: Path) -> Delivery:
    """`smtp://name:password@host:587/?to=a@b,c@d&from=e@f`, which turns to TLS by STARTTLS; smtps:// begins with it."""
    return Delivery(mailbox(address), folder_of(address, spool))


def mailbox(address: str) -> Mailbox:
    """Raises UsageError where it does not say where to and from whom."""
    at = place(address, allowed=EXAMPLE)
    to = tuple(each.strip() for each in at.options.get("to", "").split(",") if each.strip())
    sender = at.options.get("from", at.name)
    wrong = [each for each in (sender, *to) if "@" not in each or _line(each) != each]
    if not to or wrong or set(at.options) - {"to", "from"}:
        got = "no to=" if not to else f"{wrong[0]!r}" if wrong else at.query
        raise UsageError("mail goes from one address to others", got=got, allowed=EXAMPLE)
    return Mailbox(at, sender, to)


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _line(text: str) -> str:
    """A header is one line."""
    return " ".join(text.split())


def _said(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    return _line(f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}")


def _when(message: Message) -> str:
    if message.started_at is not None:
        return f"{message.started_at[:10]} {message.started_at[11:19]} UTC"
    return f"{clock(message.started_s)} into the recording"


def _lines(message: Message) -> list[str]:
    lasted = "and goes on" if message.ended_s is None else f"and lasted {message.ended_s - message.started_s:.1f} s"
    return [
        f"{message.kind} at {message.camera}",
        f"It started {_when(message)}, {lasted}. The highest risk was {message.peak:.0%}.",
        *([] if message.place is None else [f"Where in the picture: {corner(message.place)}."]),
    ]


def _content(clip: Path | None) -> bytes | None:
    """None where there is no clip (any more), or too large a one."""
    try:
        return clip.read_bytes() if clip is not None and clip.stat().st_size <= LARGEST else None
    except OSError:
        return None


def _about(message: Message, content: bytes | None) -> list[str]:
    if message.evidence is None:
        return []
    return [f"The clip {message.evidence} is {'attached' if content is not None else 'kept where it was recorded'}."]
