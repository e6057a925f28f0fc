"""The pages of every dashboard: the whole board, and each of its widgets for itself."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response

from app.core import format
from app.core.errors import InvalidPeriod, NotFound
from app.core.permissions import Permission
from app.live import boards
from app.live.poll import address_of
from app.services.dashboards.readings import Read, Reading
from app.services.dashboards.watching import DASHBOARDS
from app.web import polls
from app.web.dashboards.board import Board, Spec
from app.web.dashboards.dashboard import Dashboard
from app.web.guard import requires
from app.web.periods import LABELS, SPANS
from app.web.shell import shell
from app.web.view_models import BoardPage, Filters, Freshness, Link, Picker, Poll, Section, Widget


def add_to(bp: Blueprint, rule: str, dashboard: Dashboard[Any]) -> None:
    """Gives a dashboard its addresses: `rule` for the page, `rule` + widgets/<key> for each part of it."""

    @requires(dashboard.permission, patients=dashboard.about_patients, installation=dashboard.of_installation)
    def page(**place: UUID) -> str | tuple[str, int]:
        return _page(dashboard, place)

    @requires(dashboard.permission, patients=dashboard.about_patients, installation=dashboard.of_installation)
    def widget(key: str, **place: UUID) -> Response:
        return _fragment(dashboard, key, place)

    bp.add_url_rule(rule, dashboard.key, page)
    bp.add_url_rule(f"{rule}widgets/<key>", f"{dashboard.key}_widget", widget)


def _page(dashboard: Dashboard[Read], place: dict[str, UUID]) -> str | tuple[str, int]:
    """The whole board for the chosen period; 400 with the board of the usual one for dates that are none."""
    if (instead := dashboard.instead()) is not None:
        return instead
    clinic_id = dashboard.clinic_of(**place)
    version = polls.version_of(
        dashboard.follows(g.actor), clinic_id
    )  # before the figures: a tag is never newer than they
    board = dashboard.open(**place)
    reading = board.reading
    head = dashboard.head(board)
    page = BoardPage(
        head.title,
        head.under,
        replace(freshness(reading), live=_line(dashboard, board)),
        _filters(dashboard, board),
        _sections(dashboard, board, clinic_id, version),
        refresh_url=board.page(),
    )
    opened = len(reading.place_alerts) if g.actor.can(Permission.ALERTS_HANDLE) else 0
    html = render_template(dashboard.template, page=page, shell=shell(g.actor, board.places, reading.clinic, opened))
    return (html, InvalidPeriod.status) if board.chosen.fault else html


def _fragment(dashboard: Dashboard[Read], key: str, place: dict[str, UUID]) -> Response:
    """One widget as it stands now, rendered at most once for each data version and scope; 304 if nothing changed."""
    spec = dashboard.widgets.get(key)
    if spec is None or not g.actor.can(spec.permission):
        raise NotFound("There is no such widget.", code="DASH_001")
    holder = polls.session_holder()
    organization_id, clinic_id = dashboard.follows(g.actor), dashboard.clinic_of(**place)
    version = polls.version_of(organization_id, clinic_id)
    if spec.private:
        tag = polls.tag_now(organization_id, clinic_id, version).signed(holder, address_of(request.environ))
        return polls.answer(_render(dashboard, spec, place, tag), tag)
    address = address_of(request.environ)
    name = _kept_at(address, key)
    drawing = boards.shown(name, key, version, lambda: _draw(dashboard, place))
    if drawing.html is None:
        raise NotFound("There is no such widget.", code="DASH_001")
    return polls.answer_of(drawing, polls.tag_now(organization_id, clinic_id, version, name), holder)


def _kept_at(address: str, key: str) -> str:
    """The name under which the board that a widget's address belongs to is kept for all who see the same rows."""
    return polls.board_of(g.actor.scope_key, address.replace(f"/widgets/{key}", "/", 1))


def _render(dashboard: Dashboard[Read], spec: Spec[Read], place: dict[str, UUID], tag: str) -> str:
    board = dashboard.open(**place)
    widget = spec.widget(board, Poll(request.full_path.rstrip("?"), spec.seconds_between(board), tag))
    if widget is None:
        raise NotFound("There is no such widget.", code="DASH_001")
    return _html(dashboard, widget)


def _draw(dashboard: Dashboard[Read], place: dict[str, UUID]) -> dict[str, str]:
    """Every shared widget by its key, so that the polls of the others find theirs."""
    board = dashboard.open(**place)
    shared = [spec for spec in _shown(dashboard) if not spec.private]
    widgets = {spec.key: spec.widget(board, _kept_poll(board, spec)) for spec in shared}
    return {key: _html(dashboard, widget) for key, widget in widgets.items() if widget is not None}


def _kept_poll(board: Board[Read], spec: Spec[Read]) -> Poll:
    return Poll(board.widget_url(spec.key), spec.seconds_between(board), boards.PLACEHOLDER)


def _html(dashboard: Dashboard[Read], widget: Widget) -> str:
    return render_block(dashboard.template, "widget", widget=widget, shell=None)


def _shown(dashboard: Dashboard[Read]) -> list[Spec[Read]]:
    return [spec for spec in dashboard.widgets.values() if g.actor.can(spec.permission)]


def _sections(
    dashboard: Dashboard[Read], board: Board[Read], clinic_id: UUID | None, version: int
) -> tuple[Section, ...]:
    titles = dashboard.sections
    found: dict[str, list[Widget]] = {key: [] for key in titles}
    holder = polls.session_holder()
    for spec in _shown(dashboard):
        address = board.widget_url(spec.key)
        kept = "" if spec.private else _kept_at(address, spec.key)
        tag = polls.tag_now(dashboard.follows(g.actor), clinic_id, version, kept).signed(holder, address)
        widget = spec.widget(board, Poll(address, spec.seconds_between(board), tag))
        if widget is not None:
            found[spec.section].append(widget)
    quiet = dashboard.quiet
    return tuple(Section(key, titles[key], tuple(widgets), key in quiet) for key, widgets in found.items() if widgets)


def freshness(reading: Reading) -> Freshness:
    """How old the page's figures are, with one sentence for each late source."""
    local = reading.local
    offset = local.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds() // 60)
    return Freshness(
        f"{local:%H:%M}",
        f"{local:%Z}",
        minutes,
        int(reading.moment.timestamp()),
        late=reading.late_words,
        loading=reading.loading,
        loading_url=url_for("imports.index") if reading.actor.can(Permission.DATA_READ) else "",
        day=format.date(reading.today, "year"),
    )


def _line(dashboard: Dashboard[Read], board: Board[Read]) -> str:
    """The address of the socket that says when something on the page has moved."""
    if dashboard.key not in DASHBOARDS or g.actor.is_of_installation:  # a socket is one of an organization
        return ""
    return url_for("live.dashboard", dashboard_type=dashboard.key, **board.place)


def _filters(dashboard: Dashboard[Read], board: Board[Read]) -> Filters:
    period = board.chosen.period
    export = url_for(dashboard.api, **(board.place | (board.chosen.args if dashboard.has_periods else {})), download=1)
    pickers = dashboard.pickers(board)
    if not dashboard.has_periods:
        return Filters((), pickers=pickers, export_url=export)
    own = url_for(dashboard.endpoint, **board.place)
    last = max(period.start, min(period.last, board.reading.today))
    spans: dict[str, dict[str, Any]] = {
        name: {} if name == dashboard.usual == "today" else {"period": name} for name in SPANS
    }
    spans["custom"] = {"period": "custom", "start": period.start.isoformat(), "end": last.isoformat()}
    links = tuple(
        Link(
            LABELS[name],
            url_for(dashboard.endpoint, **(board.place | args)),
            current=name == board.chosen.name,
        )
        for name, args in spans.items()
    )
    return Filters(
        periods=links,
        comparison=Picker("Comparison", f"Compared with {board.setting.compared}"),
        pickers=pickers,
        custom_url=own if board.chosen.name == "custom" or board.chosen.fault else "",
        custom_kept=tuple(parse_qsl(urlsplit(own).query)),
        start=board.chosen.wanted[0] or period.start.isoformat(),
        end=board.chosen.wanted[1] or last.isoformat(),
        fault=board.chosen.fault,
        export_url=export,
        wall_url=url_for("walls.index") if dashboard.on_walls and g.actor.can(Permission.WALLS_WRITE) else "",
    )
