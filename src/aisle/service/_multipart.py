"""A form with a video as it arrives: the video leaves piece by piece, the fields stay, and nothing else is taken."""

from __future__ import annotations

from email.message import Message

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from aisle.service import problems
from aisle.service.asking import FILE
from aisle.service.problems import RefusedError

LONGEST = 1024
"""Bytes of a field, and of all headers of a part."""

FIELDS = 8


def boundary_of(content_type: str) -> bytes:
    """Raises RefusedError where the header names none."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise _wrong("a content type without a boundary")
    return boundary


class Form:
    """Give it pieces by `feed`; take what arrived of the video by `take`; `fields` are whole after `end`."""

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self.pending = 0
        self._video: list[bytes] = []
        self._name, self._value, self._header = "", bytearray(), (bytearray(), bytearray())
        self._headers: dict[str, str] = {}
        self._size_of_headers, self._ended = 0, False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> None:
        """Raises RefusedError for what is no form, or one with other parts than a video and a few short fields."""
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise _wrong(f"no multipart form: {error}") from None

    def take(self) -> list[bytes]:
        """What arrived of the video since the last time, `pending` bytes of it."""
        video, self._video, self.pending = self._video, [], 0
        return video

    def end(self) -> None:
        """Raises RefusedError for a form that breaks off, or is without a video."""
        if not self._ended:
            raise _wrong("a form that breaks off before its last boundary")
        if self.filename is None:
            raise _wrong(f"a form without a part {FILE}")

    def _part(self) -> None:
        self._headers, self._value, self._size_of_headers = {}, bytearray(), 0
        self._header = (bytearray(), bytearray())

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._header[0], data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._header[1], data[start:end])

    def _grow(self, part: bytearray, piece: bytes) -> None:
        self._size_of_headers += len(piece)
        if self._size_of_headers > LONGEST:
            raise _wrong(f"a part with more than {LONGEST} bytes of headers")
        part += piece

    def _header_end(self) -> None:
        name, value = self._header
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")
        self._header = (bytearray(), bytearray())

    def _headers_end(self) -> None:
        said = Message()
        said["content-disposition"] = self._headers.get("content-disposition", "").replace("\r", "").replace("\n", "")
        name = said.get_param("name", header="content-disposition")
        self._name = name if isinstance(name, str) else ""
        if self._name in self.fields or (self._name == FILE and self.filename is not None):
            raise _wrong(f"a second part {self._name}")
        if self._name == FILE:
            self.filename = said.get_filename() or "video"
        elif not self._name or len(self.fields) == FIELDS:
            raise _wrong("a part without a name" if not self._name else f"more than {FIELDS} fields")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._video.append(data[start:end])
            self.pending += end - start
            return
        self._value += data[start:end]
        if len(self._value) > LONGEST:
            raise _wrong(f"a field {self._name} of more than {LONGEST} bytes")

    def _part_end(self) -> None:
        if self._name != FILE:
            self.fields[self._name] = self._value.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True


def _wrong(got: str) -> RefusedError:
    allowed = f"multipart/form-data with one part {FILE} and the fields that /docs names"
    return RefusedError(problems.MALFORMED, what="this is not such a form", got=got, allowed=allowed, do="see /docs")
