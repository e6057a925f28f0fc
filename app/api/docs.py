"""The description of the API: OpenAPI 3.1 for programs, and a page of our own for people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

bp = Blueprint("api_docs", __name__, url_prefix="/api")

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Value:
    """A parameter or a field, in words."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the page shows it."""

    id: str
    method: str
    path: str
    about: Markup
    permission: str
    parameters: tuple[Value, ...]
    body: tuple[Value, ...]
    answer: tuple[Value, ...]

    def example(self, address: str) -> str:
        """The same as a command to try, with braces where something is to be put in."""
        parts = ["curl", *(("-X", self.method) if self.method != "GET" else ())]
        if self.permission:
            parts.append('-H "Authorization: Bearer $TOKEN"')
        if self.body:
            wanted = ", ".join(f'"{one.name}": {{{one.kind}}}' for one in self.body if one.required)
            parts.append(f"-H 'Content-Type: application/json' -d '{{{wanted}}}'")
        asked = [f"{one.name}={{{one.name}}}" for one in self.parameters if one.required]
        query = "&".join(each for each in asked if each.partition("=")[2] not in self.path)
        return " ".join([*parts, f"'{address}{self.path}{'?' + query if query else ''}'"])


@bp.get("/openapi.json")
def description() -> ResponseReturnValue:
    """The whole API as OpenAPI 3.1."""
    return jsonify(_spec())


@bp.get("/docs")
def docs() -> ResponseReturnValue:
    """The same for people."""
    groups: dict[str, list[Operation]] = {}
    spec = _spec()
    for tag, operation in _operations(spec):
        groups.setdefault(tag, []).append(operation)
    sections = {tag: groups[tag] for tag in sorted(groups, key=lambda tag: (tag != "Login", tag))}
    address = url_for("api_docs.docs", _external=True).removesuffix(url_for("api_docs.docs"))
    return render_template("api/docs.html", title=spec["info"]["title"], sections=sections, address=address)


def _spec() -> dict[str, Any]:
    """Made once a process: the routes do not change while it runs."""
    if "openapi" not in current_app.extensions:
        current_app.extensions["openapi"] = cast(APIFlask, current_app).spec
    spec: dict[str, Any] = current_app.extensions["openapi"]
    return spec


def _operations(spec: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                found = item[method]
                yield (found.get("tags") or ["Other"])[0], _operation(spec, method, path, found)


def _operation(spec: dict[str, Any], method: str, path: str, found: dict[str, Any]) -> Operation:
    answers = (found["responses"][code] for code in sorted(found["responses"]) if code.startswith("2"))
    return Operation(
        id=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        about=_marked(f"{found.get('summary', '')} {found.get('description', '')}"),
        permission=found.get("x-permission", ""),
        parameters=tuple(
            Value(p["name"], _kind(p["schema"]), p.get("required", False), p["schema"].get("description", ""))
            for p in found.get("parameters", ())
        ),
        body=tuple(_fields(spec, _schema(found.get("requestBody", {})))),
        answer=tuple(_fields(spec, _schema(next(answers, {})))),
    )


def _marked(text: str) -> Markup:
    """The text, with what stands between backticks as code."""
    parts = re.split(r"`([^`]*)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def _schema(holder: dict[str, Any]) -> dict[str, Any]:
    contents: dict[str, dict[str, Any]] = holder.get("content", {})
    found: dict[str, Any] = next(iter(contents.values()), {}).get("schema", {})
    return found


def _fields(spec: dict[str, Any], schema: dict[str, Any]) -> Iterator[Value]:
    if reference := schema.get("$ref"):
        schema = spec["components"]["schemas"][reference.rpartition("/")[2]]
    needed = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield Value(name, _kind(field), name in needed, field.get("description", ""))


def _kind(schema: dict[str, Any]) -> str:
    """ "text, at most 320" or "list of Named": a schema in a few words."""
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2].rpartition(".")[2]
    if options := schema.get("anyOf"):
        return " or ".join(_kind(option) for option in options)
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = {"string": "text", "integer": "whole number", "null": "nothing"}
    kind = schema.get("format") or words.get(str(schema.get("type")), str(schema.get("type", "anything")))
    if "enum" in schema:
        kind = "one of " + ", ".join(map(str, schema["enum"]))
    limits = {"maxLength": "at most", "minimum": "from", "maximum": "to"}
    return ", ".join([kind, *(f"{words} {schema[key]}" for key, words in limits.items() if key in schema)])
