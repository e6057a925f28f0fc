"""The table of roles, permissions and routes as a document."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flask import Flask


@click.command("permissions")
@click.argument("path", type=click.Path(dir_okay=False, writable=True), default="docs/permissions.md")
def permissions(path: str) -> None:
    """Write docs/permissions.md from the code."""
    from pathlib import Path

    from app import create_app

    Path(path).write_text(document(create_app()))


def document(app: "Flask") -> str:
    """The document as Markdown: what each role may do, and what each route needs."""
    from app.core.permissions import ROLE_PERMISSIONS, Permission, Role

    roles = list(Role)
    lines = [
        "# Permissions",
        "",
        "Written by `mediconnect permissions` from `app/core/permissions.py` and the routes; a test compares them.",
        "Which rows a person sees is decided in `app/services/access.py`.",
        "",
        f"| may | {' | '.join(role.value for role in roles)} |",
        f"| --- |{' --- |' * len(roles)}",
    ]
    for permission in Permission:
        marks = " | ".join("yes" if permission in ROLE_PERMISSIONS[role] else "" for role in roles)
        lines.append(f"| `{permission}` | {marks} |")
    lines += ["", "| route | methods | needs |", "| --- | --- | --- |", *_routes(app)]
    return "\n".join(lines) + "\n"


def _routes(app: "Flask") -> list[str]:
    rows = []
    for rule in app.url_map.iter_rules():
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        path = rule.rule.replace("|", "\\|")
        rows.append((path, methods, _need(app, rule.endpoint)))
    return [f"| `{path}` | {methods} | {need} |" for path, methods, need in sorted(rows)]


def _need(app: "Flask", endpoint: str) -> str:
    from app.web.guard import PUBLIC, SIGNED_IN

    view = app.view_functions[endpoint]
    if endpoint in PUBLIC or getattr(view, "public", False):
        return "nothing"
    return "a login" if endpoint in SIGNED_IN else f"`{vars(view)['permission']}`"
