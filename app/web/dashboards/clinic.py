"""The clinic dashboard: one page, and each of its widgets for itself."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response

from app.core import format
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.models import Clinic
from app.services import clinic_dashboard
from app.services.places import places_of
from app.web import fragment_cache, polls
from app.web.dashboards.board import SECTIONS, Board, Spec
from app.web.dashboards.tiles import Setting
from app.web.dashboards.widgets import WIDGETS
from app.web.guard import requires
from app.web.periods import LABELS, SPANS, Chosen, chosen, comparison_words, title_of
from app.web.shell import shell
from app.web.view_models import ClinicPage, Filters, Freshness, Link, Picker, Poll, Section, Widget

bp = Blueprint("dashboards", __name__)

TEMPLATE = "dashboards/clinic.html"


@bp.get("/clinics/")
@requires(Permission.DASHBOARD_CLINIC)
def home() -> Response | str:
    """The viewer's first clinic, or a word on how to get one."""
    places = places_of(g.actor)
    if not places.clinics:
        return render_template("dashboards/no_clinic.html", shell=shell(g.actor, places))
    return redirect(url_for(".clinic", clinic_id=places.clinics[0].id))


@bp.get("/clinics/<uuid:clinic_id>/")
@requires(Permission.DASHBOARD_CLINIC)
def clinic(clinic_id: UUID) -> str:
    """The whole board of a clinic for the chosen period."""
    version = polls.version_of(g.actor.organization_id, clinic_id)  # before the figures: a tag is never newer than they
    board = _board(clinic_id)
    sections = _sections(board, version)
    opened = len(board.reading.alerts)
    frame = shell(g.actor, board.places, board.reading.clinic, opened)
    return render_template(TEMPLATE, page=_page(board, sections), shell=frame)


@bp.get("/clinics/<uuid:clinic_id>/widgets/<key>")
@requires(Permission.DASHBOARD_CLINIC)
def clinic_widget(clinic_id: UUID, key: str) -> Response:
    """One widget as it stands now, rendered at most once for each data version and scope; 304 if nothing changed."""
    spec = WIDGETS.get(key)
    if spec is None or not g.actor.can(spec.permission):
        raise NotFound("There is no such widget.", code="DASH_001")
    if not g.actor.sees_clinic(clinic_id):
        raise NotFound("There is no such clinic.", code="DASH_005")
    holder = polls.session_holder()
    tag = polls.tag_for(g.actor.organization_id, clinic_id, holder)
    if not spec.private and polls.still_holds(tag, holder):
        return Response(status=304)
    if spec.private:
        return polls.answer(_render(spec, _board(clinic_id), tag), tag)
    version = polls.tag_version(tag)
    kept = fragment_cache.key(g.actor, version, request.full_path)
    turn = fragment_cache.key(g.actor, version, f"{clinic_id}?{request.query_string.decode()}")
    html = fragment_cache.once(kept, turn, lambda: _render_all(_board(clinic_id), spec, version))
    return polls.answer(fragment_cache.with_tag(html, tag), tag)


def _render(spec: Spec, board: Board, tag: str) -> str:
    widget = spec.widget(board, Poll(request.full_path.rstrip("?"), spec.seconds, tag))
    if widget is None:
        raise NotFound("There is no such widget.", code="DASH_001")
    return render_block(TEMPLATE, "widget", widget=widget, shell=None)


def _render_all(board: Board, wanted: Spec, version: int) -> str:
    """Renders every shared widget once, so that the polls of the others find theirs; gives the one asked for."""
    found = {}
    tag = fragment_cache.PLACEHOLDER
    for spec in WIDGETS.values():
        if spec.private or not g.actor.can(spec.permission):
            continue
        address = _address(board, spec)
        widget = spec.widget(board, Poll(address, spec.seconds, tag))
        if widget is not None:
            html = render_block(TEMPLATE, "widget", widget=widget, shell=None)
            found[spec.key] = html
            fragment_cache.put(fragment_cache.key(g.actor, version, address), html)
    if wanted.key not in found:
        raise NotFound("There is no such widget.", code="DASH_001")
    return found[wanted.key]


def _address(board: Board, spec: Spec) -> str:
    more: dict[str, Any] = {"table": sorted(board.as_table)} if board.as_table else {}
    return url_for(".clinic_widget", clinic_id=board.clinic_id, key=spec.key, **(board.chosen.args | more))


def _board(clinic_id: UUID) -> Board:
    places = places_of(g.actor)
    clinic = places.clinic(clinic_id)
    today = clinic_dashboard.local_today(clinic)
    period = chosen(today, places.organization.week_start)
    reading = clinic_dashboard.read(g.actor, places.organization, clinic, period.period)
    return Board(reading, places, period, _setting(reading, period, clinic), frozenset(request.args.getlist("table")))


def _setting(reading: clinic_dashboard.ClinicDashboard, period: Chosen, clinic: Clinic) -> Setting:
    answer = reading.answers.get("now")
    before = answer.previous if answer is not None and answer.previous is not None else period.period.previous()
    until = format.time(reading.moment, clinic.zone) if reading.is_today else ""
    words = comparison_words(period, before, answer.partial if answer is not None else False, until)
    source_url = url_for("imports.index") if g.actor.can(Permission.DATA_READ) else ""
    return Setting(reading.currency, clinic.zone, words, reading.moment, source_url)


def _sections(board: Board, version: int) -> tuple[Section, ...]:
    found: dict[str, list[Widget]] = {key: [] for key in SECTIONS}
    holder = polls.session_holder()
    for spec in WIDGETS.values():
        if not g.actor.can(spec.permission):
            continue
        address = _address(board, spec)
        tag = polls.tag_of(g.actor.organization_id, board.reading.clinic.id, version, holder, address)
        widget = spec.widget(board, Poll(address, spec.seconds, tag))
        if widget is not None:
            found[spec.section].append(widget)
    return tuple(
        Section(key, SECTIONS[key], tuple(widgets), key == "today") for key, widgets in found.items() if widgets
    )


def _page(board: Board, sections: tuple[Section, ...]) -> ClinicPage:
    reading, clinic = board.reading, board.reading.clinic
    title = f"Clinic {title_of(board.chosen)}" if board.chosen.name == "today" else f"Clinic, {title_of(board.chosen)}"
    under = f"{format.date(reading.today, 'full')}, {clinic_dashboard.opening_words(clinic, reading.today)}"
    return ClinicPage(title, under, freshness(reading), _filters(board), sections, refresh_url=board.page())


def freshness(reading: clinic_dashboard.ClinicDashboard) -> Freshness:
    """How old the page's figures are, with one sentence for each late source."""
    local = reading.local
    offset = local.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds() // 60)
    live = url_for("live.dashboard", dashboard_type="clinic", clinic_id=reading.clinic.id)
    at = int(reading.moment.timestamp())
    return Freshness(f"{local:%H:%M}", f"{local:%Z}", minutes, at, late=reading.late_words, live=live)


def _filters(board: Board) -> Filters:
    own, period = url_for(".clinic", clinic_id=board.clinic_id), board.chosen.period
    last = max(period.start, min(period.last, board.reading.today))
    spans: dict[str, dict[str, Any]] = {name: {} if name == "today" else {"period": name} for name in SPANS}
    spans["custom"] = {"period": "custom", "start": period.start.isoformat(), "end": last.isoformat()}
    links = tuple(
        Link(LABELS[name], url_for(".clinic", clinic_id=board.clinic_id, **args), current=name == board.chosen.name)
        for name, args in spans.items()
    )
    return Filters(
        periods=links,
        comparison=Picker("Comparison", f"Compared with {board.setting.compared}"),
        custom_url=own if board.chosen.name == "custom" else "",
        start=period.start.isoformat(),
        end=last.isoformat(),
        export_url=url_for("api_dashboards.clinic", clinic_id=board.clinic_id),
        wall_url=url_for("walls.index") if g.actor.can(Permission.WALLS_WRITE) else "",
    )
