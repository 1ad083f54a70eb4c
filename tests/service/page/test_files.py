"""What the page's files hold."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from aisle.core.colour import PALETTE, label_colour
from aisle.core.page import resource

PAGE = Path(str(resources.files("aisle.service"))) / "page"
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(PAGE.glob("*.js"))}
TEXTS = {path.stem: json.loads(path.read_text("utf-8")) for path in PAGE.glob("*.json")}
FIRST = ("theme", "app", "api", "dom", "i18n", "key", "upload", "jobs", "colour")
"""The scripts that the page needs before it can be used."""


def test_every_language_says_the_same() -> None:
    assert sorted(TEXTS) == ["en", "fr"]
    assert TEXTS["en"].keys() == TEXTS["fr"].keys()
    holes = re.compile(r"\{\w+\}")
    for key, text in TEXTS["en"].items():
        # "One video" needs no number, "{n} vidéo" does: French says so for none, too.
        assert set(holes.findall(text)) | {"{n}"} == set(holes.findall(TEXTS["fr"][key])) | {"{n}"}, key
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_every_text_that_is_used_is_there_and_every_one_there_is_used() -> None:
    sources = "".join([*SCRIPTS.values(), (PAGE / "index.html").read_text("utf-8")])
    asked = set(re.findall(r'\bt\(\s*"([^"]+)"|data-t(?:-label)?="([^"]+)"', sources))
    keys = {one or other for one, other in asked}
    beginnings = set(re.findall(r"\b(?:t|told)\(`([a-z.]+\.)\$", sources))
    there = {re.sub(r"\.(one|other)$", "", key) for key in TEXTS["en"]}
    assert len(keys) > 60
    assert keys - there == set()
    assert {start for start in beginnings if not any(key.startswith(start) for key in there)} == set()
    quoted = {key for key in there if f'"{key}"' in sources}
    assert {key for key in there - quoted if not key.startswith(tuple(beginnings))} == set()


def test_a_label_has_the_colour_that_it_has_everywhere() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js to run a script outside of a browser")
    labels = ["fight", "reach_to_shelf", "Vol à la tire", "x" * 55, "x" * 56, "x" * 64, "x" * 200, ""]
    code = f"import {{ colour }} from {json.dumps((PAGE / 'colour.js').as_uri())}; "
    code += f"console.log({json.dumps(labels)}.map(colour).join());"
    said = subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip().split(",") == [f"#{bytes(label_colour(label)).hex()}" for label in labels]


def test_it_has_the_palette_and_the_paper_of_all_our_pages() -> None:
    assert re.findall(r'"(#[0-9a-f]{6})"', SCRIPTS["colour.js"]) == [f"#{bytes(each).hex()}" for each in PALETTE]
    light, dark = re.findall(r":root \{(.*?)\}", resource("aisle.core", "page.css"), re.DOTALL)[:2]
    mine = dict(re.findall(r"--(\w+): light-dark\((#\w+, #\w+)\)", (PAGE / "app.css").read_text("utf-8")))
    both = zip(re.findall(r"--(\w+): (#\w+)", light), re.findall(r"--(\w+): (#\w+)", dark), strict=True)
    theirs = {name: f"{day}, {night}" for (name, day), (_, night) in both}
    assert theirs
    assert {name: mine[name] for name in theirs} == theirs


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    for path in PAGE.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import|url\(|innerHTML|\beval\b|setAttribute\(.style", text), path.name
    html = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)


def test_what_is_needed_first_is_small_and_is_asked_for_at_once() -> None:
    html = (PAGE / "index.html").read_text("utf-8")
    assert sum(len(SCRIPTS[f"{name}.js"].encode()) for name in FIRST) < 45_000
    assert set(re.findall(r'(?:src|href)="(\w+)\.js"', html)) == set(FIRST)
