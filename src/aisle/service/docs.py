"""The page `/docs`: the OpenAPI as plain HTML, for a service without the internet. There is no script."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from aisle.service import problems
from aisle.service.auth import DECLARED

STYLE = "docs.css"

Spec = Mapping[str, Any]


def style() -> str:
    return (resources.files("aisle.service") / STYLE).read_text("utf-8")


def page(spec: Spec) -> str:
    """The whole document. `spec` is the OpenAPI; what it says is text, never markup."""
    tags = [tag["name"] for tag in spec["tags"]]
    parts = [part for tag in spec["tags"] for part in _tag(spec, tag)]
    menu = "".join(f'<li><a href="#{_text(name)}">{_text(name)}</a></li>' for name in [*tags, "problems"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(spec["info"]["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/{STYLE}"></head><body>'
        f"<header><h1>{_text(spec['info']['title'])} {_text(spec['info']['version'])}</h1>"
        f"{_prose(spec['info']['description'])}"
        '<p>For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI). <a href="/">The page for people</a>.</p>'
        f"<nav><ul>{menu}</ul></nav></header><main>{''.join(parts)}{_problems()}</main></body></html>"
    )


def _tag(spec: Spec, tag: Spec) -> Iterator[str]:
    yield f'<h2 id="{_text(tag["name"])}">{_text(tag["name"])}</h2>{_prose(tag["description"])}'
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if tag["name"] in operation.get("tags", ()):
                yield _operation(spec, path, method, operation)


def _operation(spec: Spec, path: str, method: str, said: Spec) -> str:
    role = said.get(DECLARED, "anyone")
    answers = "".join(_answer(spec, status, answer) for status, answer in said["responses"].items())
    return (
        f'<section id="{_text(said["operationId"])}"><h3><b>{method.upper()}</b> <code>{_text(path)}</code></h3>'
        f"<p><strong>{_text(said['summary'])}.</strong> Needs: {_text(role)}.</p>{_prose(said.get('description', ''))}"
        f"{_parameters(said.get('parameters', ()))}{_body(spec, said.get('requestBody'))}"
        f"<details><summary>Answers</summary><dl>{answers}</dl></details></section>"
    )


def _parameters(parameters: Any) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(each['name'])}</code></td><td>{_text(each['in'])}</td>"
        f"<td>{_text(each.get('description', ''))}</td><td><code>{_text(_shape(each['schema']))}</code></td></tr>"
        for each in parameters
    )
    head = "<thead><tr><th>Name</th><th>In</th><th>Meaning</th><th>Values</th></tr></thead>"
    return f"<table>{head}<tbody>{rows}</tbody></table>" if rows else ""


def _shape(schema: Spec) -> str:
    plain = {name: value for name, value in schema.items() if name not in ("title", "description")}
    return json.dumps(plain)


def _body(spec: Spec, body: Spec | None) -> str:
    if body is None:
        return ""
    return "<h4>Body</h4>" + "".join(_content(spec, media, said) for media, said in body["content"].items())


def _answer(spec: Spec, status: str, answer: Spec) -> str:
    contents = "".join(_content(spec, media, said) for media, said in answer.get("content", {}).items())
    return f"<dt>{_text(status)}</dt><dd>{_text(answer['description'])}{contents}</dd>"


def _content(spec: Spec, media: str, said: Spec) -> str:
    shown = "".join(f"<pre>{_text(_pretty(example))}</pre>" for example in _examples(spec, said))
    return f"<p><code>{_text(media)}</code></p>{shown}"


def _examples(spec: Spec, said: Spec) -> list[Any]:
    """Of a content, else of the component that its schema names."""
    if "examples" in said:
        return [each["value"] for each in said["examples"].values()]
    if "example" in said:
        return [said["example"]]
    name = said.get("schema", {}).get("$ref", "").rpartition("/")[2]
    found: list[Any] = spec["components"]["schemas"].get(name, {}).get("examples", [])
    return found


def _pretty(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)


def _problems() -> str:
    """Where the `type` of every problem leads."""
    rows = "".join(
        f'<tr id="problem-{kind.slug}"><td>{kind.status}</td><td><code>{kind.slug}</code></td>'
        f"<td>{_text(kind.title)}</td><td>{_prose(kind.about)}</td></tr>"
        for kind in problems.KINDS
    )
    head = "<thead><tr><th>Status</th><th>Kind</th><th>What</th><th>What helps</th></tr></thead>"
    said = "<p>Errors are <code>application/problem+json</code> (RFC 9457).</p>"
    return f'<h2 id="problems">problems</h2>{said}<table>{head}<tbody>{rows}</tbody></table>'


def _prose(text: str) -> str:
    """Paragraphs, with `code` between backquotes."""
    parts = _text(" ".join(text.split())).split("`")
    marked = "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
    return f"<p>{marked}</p>" if marked else ""


def _text(value: object) -> str:
    return html.escape(str(value))
