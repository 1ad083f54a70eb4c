"""News to a web server: each message is one POST, signed so that the server can tell that it is from us and from now.

`Aisle-Signature: t=1700000000,v1=5257a8...` holds the Unix time of the attempt and, in hex, the HMAC-SHA256 of
"1700000000." and the body, keyed with the secret that both sides know. (Stripe signs its webhooks in this way.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aisle.core import UsageError
from aisle.events._place import place
from aisle.events.delivery import Delivery, NotNowError, RefusedError, folder_of
from aisle.events.message import Message

SCHEMES = ("http", "https")
SECRET = "AISLE_WEBHOOK_SECRET"
PATIENCE = 10
"""Seconds that a server may take to say something."""

LONGEST = 3600
"""Seconds: a server that asks for more is asked again after so many."""

_OPTION = "secret-file="
_TIMEOUT, _TOO_MANY = 408, 429


class _Stay(urllib.request.HTTPRedirectHandler):
    """What we know goes to the address that was given and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Webhook:
    """`where` leaves out the path, which is a password with many services."""

    url: str = field(repr=False)
    where: str
    login: str = field(repr=False)
    secret: bytes = field(repr=False)
    patience: float = PATIENCE

    def takes(self, _message: Message) -> bool:
        return True

    def deliver(self, message: Message, _clip: Path | None) -> None:
        """Any 2xx says that the server has it, 4xx that it will never take it, but for 408 and 429: later."""
        body = message.json().encode()
        request = urllib.request.Request(self.url, body, self._headers(message, body), method="POST")
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=self.patience):
                return
        except urllib.error.HTTPError as error:
            with error:
                raise self._not_taken(error) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise NotNowError(f"cannot reach {self.where}", got=reason or type(reason).__name__) from error

    def close(self) -> None:
        """Nothing is left open between two messages."""

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        login = {"Authorization": f"Basic {self.login}"} if self.login else {}
        return {
            "Content-Type": "application/json",
            "User-Agent": "aisle",
            "Idempotency-Key": message.key,
            "Aisle-Signature": signature(self.secret, int(time.time()), body),
            **login,
        }

    def _not_taken(self, error: urllib.error.HTTPError) -> NotNowError | RefusedError:
        said = f"{error.code} {error.reason}"
        if 300 <= error.code < 500 and error.code not in (_TIMEOUT, _TOO_MANY):
            moved = "give the address that it points to; redirects are not followed" if error.code < 400 else ""
            return RefusedError(f"{self.where} does not take it", got=said, do=moved)
        return NotNowError(f"{self.where} is not ready", got=said, after=_after(error.headers.get("Retry-After")))


def signature(secret: bytes, moment: int, body: bytes) -> str:
    """The header of a POST of `body` at Unix time `moment`."""
    return f"t={moment},v1={hmac.new(secret, f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


def sink(address: str, spool: Path) -> Delivery:
    """`https://host/path`; the secret is in $AISLE_WEBHOOK_SECRET, or in the file of `?secret-file=` (not sent on)."""
    return Delivery(webhook(address), folder_of(address, spool))


def webhook(address: str) -> Webhook:
    """Raises UsageError where there is no host or no secret."""
    at = place(address, allowed="https://host/path")
    options = at.query.split("&")
    files = [option.removeprefix(_OPTION) for option in options if option.startswith(_OPTION)]
    query = "&".join(option for option in options if not option.startswith(_OPTION))
    return Webhook(
        url=f"{at.where}{at.path or '/'}{query and '?'}{query}",
        where=at.where,
        login=base64.b64encode(f"{at.name}:{at.password}".encode()).decode() if at.name else "",
        secret=_secret(unquote(files[-1]) if files else None),
    )


def _secret(file: str | None) -> bytes:
    try:
        secret = Path(file).read_text("utf-8").strip() if file else os.environ.get(SECRET, "")
    except OSError as error:
        raise UsageError("the webhook's secret cannot be read", got=f"{file}: {error.strerror}") from error
    if not secret:
        do = f"put one that both sides know into ${SECRET}, or into a file named with ?{_OPTION}FILE"
        raise UsageError("a webhook is signed, and there is no secret", got=f"{file or SECRET} is empty", do=do)
    return secret.encode()


def _after(said: str | None) -> float:
    """Seconds of a Retry-After, which is a number of them or a date; 0 for none and for nonsense."""
    try:
        asked = float(said or 0) if (said or "0").isdecimal() else _until(said or "")
    except ValueError:
        return 0
    return min(max(asked, 0), LONGEST)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
