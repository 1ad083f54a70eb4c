"""Videos from a user's own list of addresses, by category, through yt-dlp: one at a time, with pauses, and resumable.

LIST is a CSV with the columns category and address; or a text with `[category]` in a line and addresses in those below,
`#` before remarks. Videos come to FOLDER/CATEGORY/ID.mp4, and videos.csv tells of every address what became of it.

Whoever runs this answers for what they fetch: what a site's terms and the owner's rights allow is theirs to know.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from aisle.core import InputError, MissingPartError, Progress, UsageError, silent, writing
from aisle.core.address import is_address, without_password
from aisle.core.rows import problem, read_lines, write_lines
from aisle.media import probe

MANIFEST = "videos.csv"
GOT, FAILED, TOO_LONG, TOO_LARGE = "got", "failed", "too long", "too large"

_HEADING = re.compile(r"\[([^\[\]]+)\]")
_PLAIN = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address of a list, and the category that its user put it in."""

    category: str
    address: str

    @property
    def name(self) -> str:
        """Of its file, without an ending: the same for the same address."""
        tail = _PLAIN.sub("-", self.address.rstrip("/").rpartition("/")[2].partition("?")[0]).strip("-.")
        return f"{tail[:40] or 'video'}-{hashlib.sha256(self.address.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Manners:
    """`pause_s` between two downloads, `most` a category, no video longer than `longest_s` or larger than `largest_mb`,
    no higher than `height` pixels, at most `rate_mb` a second, `tries` a video.
    """

    pause_s: float = 3.0
    most: int | None = None
    longest_s: float = 1200.0
    largest_mb: float = 500.0
    height: int = 480
    rate_mb: float = 4.0
    tries: int = 3

    def __post_init__(self) -> None:
        positive = (self.longest_s, self.largest_mb, self.height, self.rate_mb, self.tries)
        if self.pause_s < 0 or min(positive) <= 0 or (self.most is not None and self.most < 1):
            raise UsageError("limits of a download are positive", got=self, do="leave them out for the usual ones")


class Row(NamedTuple):
    """Of the manifest."""

    category: str
    address: str
    file: str
    outcome: str
    said: str


def read_list(file: Path) -> list[Wanted]:
    """Each address once, in order. Raises InputError, with the line, for what is no list."""
    lines = read_lines(file)
    table = bool(lines) and {"category", "address"} <= set(lines[0][1])
    found = _table(file) if table else _text(file)
    if not found:
        raise InputError(
            f"{file} names no address", got="none", allowed="category,address; or [category] and addresses"
        )
    return list({one.address: one for one in found}.values())


def get_videos(
    wanted: Sequence[Wanted],
    folder: Path,
    *,
    manners: Manners | None = None,
    progress: Progress = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Row]:
    """Fetches what is not there yet; what failed before is tried again. `progress` hears addresses, `sleep` waits.

    Returns what became of every address, which is also in `folder`. Raises MissingPartError without yt-dlp, OutputError
    where the disk refuses.
    """
    if find_spec("yt_dlp") is None:
        raise MissingPartError("getting videos from addresses", name="yt-dlp", extra="videos")
    rules = manners or Manners()
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Row] = {}
    asked = False
    try:
        for number, one in enumerate(wanted, 1):
            there = _there(folder, one)
            had = sum(row.category == one.category and row.outcome == GOT for row in rows.values())
            if there is not None:
                rows[one.address] = _row(one, folder, there, GOT, "")
            elif rules.most is None or had < rules.most:
                if asked:
                    sleep(rules.pause_s)
                asked = True
                rows[one.address] = _get(one, folder, rules)
            progress(number, len(wanted))
    finally:
        write_lines(folder / MANIFEST, [Row._fields, *rows.values()])
    return list(rows.values())


def _get(one: Wanted, folder: Path, manners: Manners) -> Row:
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import DownloadError

    why: list[str] = []
    target = folder / _plain(one.category)
    with writing(target):
        target.mkdir(parents=True, exist_ok=True)
    try:
        with YoutubeDL(_options(one, target, manners, why)) as ytdl:
            ytdl.download([one.address])
    except DownloadError as error:
        return _row(one, folder, None, FAILED, _said(error))
    except OSError as error:
        return _row(one, folder, None, FAILED, _said(error))
    there = _there(folder, one)
    if there is None:
        outcome, _, said = (why[-1] if why else f"{FAILED}: nothing was fetched").partition(": ")
        return _row(one, folder, None, outcome, said)
    try:
        probe(there)
    except InputError as error:
        there.unlink()
        return _row(one, folder, None, FAILED, f"no video: {error}")
    return _row(one, folder, there, GOT, "")


def _options(one: Wanted, target: Path, manners: Manners, why: list[str]) -> dict[str, Any]:
    megabyte = 1 << 20

    def fits(about: Mapping[str, Any], *, incomplete: bool = False) -> str | None:
        del incomplete
        lasts, size = about.get("duration"), about.get("filesize") or about.get("filesize_approx")
        if lasts is not None and lasts > manners.longest_s:
            why.append(f"{TOO_LONG}: {lasts:.0f} s")
        elif size is not None and size > manners.largest_mb * megabyte:
            why.append(f"{TOO_LARGE}: {size / megabyte:.0f} MB")
        elif about.get("is_live"):
            why.append(f"{FAILED}: it is being broadcast")
        else:
            return None
        return why[-1]

    return {
        "outtmpl": {"default": f"{target}/{one.name}.%(ext)s"},
        # one file with picture and sound in it: joining two takes another program
        "format": f"best[height<={manners.height}]/best",
        "noplaylist": True,
        "match_filter": fits,
        "max_filesize": int(manners.largest_mb * megabyte),
        "ratelimit": int(manners.rate_mb * megabyte),
        "retries": manners.tries - 1,
        "continuedl": True,
        "quiet": True,
        "noprogress": True,
        "no_warnings": True,
        "logger": _Silent(),
        "cachedir": False,
        "color": "no_color",
    }


class _Silent:
    """Takes what yt-dlp prints; its errors are raised as well."""

    def debug(self, _text: str) -> None: ...

    def warning(self, _text: str) -> None: ...

    def error(self, _text: str) -> None: ...


def _there(folder: Path, one: Wanted) -> Path | None:
    found = (folder / _plain(one.category)).glob(f"{one.name}.*")
    return next((path for path in sorted(found) if path.suffix not in (".part", ".ytdl")), None)


def _row(one: Wanted, folder: Path, there: Path | None, outcome: str, said: str) -> Row:
    file = "" if there is None else there.relative_to(folder).as_posix()
    return Row(one.category, without_password(one.address), file, outcome, said)


def _said(error: Exception) -> str:
    return " ".join(str(error).removeprefix("ERROR: ").split())[:300]


def _plain(category: str) -> str:
    return _PLAIN.sub("-", category).strip("-.") or "videos"


def _table(file: Path) -> list[Wanted]:
    (_, heading), *lines = read_lines(file)
    category, address = heading.index("category"), heading.index("address")
    found = []
    for line, cells in lines:
        if len(cells) != len(heading):
            raise problem(file, line, "the line does not fit the heading", ", ".join(cells), "write it anew")
        found.append(_wanted(file, line, cells[category], cells[address]))
    return found


def _text(file: Path) -> list[Wanted]:
    found, category = [], ""
    for line, text in enumerate(file.read_text("utf-8-sig").splitlines(), 1):
        said = text.strip()
        if not said or said.startswith("#"):
            continue
        if heading := _HEADING.fullmatch(said):
            category = heading[1].strip()
        else:
            found.append(_wanted(file, line, category, said))
    return found


def _wanted(file: Path, line: int, category: str, address: str) -> Wanted:
    if not is_address(address) or not address.startswith(("http://", "https://")):
        raise problem(file, line, "no address", address or "nothing", "write it whole", "https://...")
    if not category:
        raise problem(file, line, "an address without a category", address, "name one", "[category] in a line above")
    return Wanted(category, address)
