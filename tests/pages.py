"""Pages as the tests read them: the elements, their texts, and what holds for every page of ours."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

NASTY = """</script><script>alert(1)</script><!--<img src=x onerror="alert('2')">&amp;$style"""


class Page(HTMLParser):
    """The elements of a page as (tag, attributes), and the text inside each; every tag must be closed in its turn."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert self.open == []

    @classmethod
    def read(cls, path: Path) -> Page:
        return cls(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> Any:
        return json.loads(self.texts["script"][0])

    @property
    def text(self) -> str:
        """All that a reader sees, in one line."""
        return " ".join(self.texts["body"][0].split())

    def hold_to_the_policy(self) -> None:
        """Nothing is fetched, and only this very style and script apply."""
        [policy] = [each["content"] for each in self.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
        assert policy is not None
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        scripts = zip(self.all("script"), self.texts.get("script", ()), strict=True)
        run = [text for attributes, text in scripts if attributes.get("type") != "application/json"]
        for text in (*self.texts["style"], *run):
            assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
        handlers = [
            key for _, attributes in self.elements for key in attributes if key.startswith("on") or key == "style"
        ]
        assert handlers == []
        assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r'src="data:[^"]*"', "", self.source))
        assert all((each["src"] or "").startswith("data:image/jpeg;base64,") for each in self.all("img"))

    def hold_to_the_palette(self, more: Iterable[str] = ()) -> None:
        """Every colour that is used is defined, and some is used."""
        classes = {name for _, attributes in self.elements for name in (attributes.get("class") or "").split()}
        used = {name for name in classes if name.startswith("k-")} | set(more)
        assert used
        for name in used:
            assert f".{name} {{ --k: #{name[2:]}; }}" in self.texts["style"][0]
