"""The wall of a clinic: where everybody booked is, how long the wait is, which rooms are free. No patient, no money."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.core import format
from app.core.actor import Actor
from app.core.period import Span, period_of
from app.metrics.flow import Flow
from app.metrics.types import Better, Figure, Number, Result, Unit
from app.models import Clinic, Wall
from app.services.dashboards import clinic_dashboard
from app.services.dashboards.clinic_dashboard import ClinicDashboard
from app.services.dashboards.readings import local_today
from app.services.places import places_of
from app.services.wall_playlists import BOARDS, Page
from app.web.dashboards.pages import freshness
from app.web.view_models import FlowKind, FlowSegment, Poll, WallBar, WallLine, WallPage, WallPanel, flow_segments

WAIT, TAIL = "waiting.wait_median", "waiting.wait_p90"
ROWS = 7
SERVICE = (
    ("Seen on time today", "waiting.on_time_rate"),
    ("Did not come today", "attendance.no_show_rate"),
    ("Third next appointment", "capacity.third_next_median"),
)


@dataclass(frozen=True)
class Turn:
    """Where a screen is in its playlist; the addresses are empty where there is one page alone."""

    page: Page
    position: int = 1
    length: int = 1
    next_url: str = ""
    previous_url: str = ""


def wall_page(actor: Actor, wall: Wall, turn: Turn, poll: Poll, dark_until: str = "") -> WallPage:
    """Everything that the screen shows now; needs the organization's scope."""
    clinic = turn.page.clinic
    reading = _reading(actor, clinic, set() if dark_until else {"now", "departments"})
    fresh = freshness(reading)
    opening = clinic_dashboard.opening_words(clinic, reading.today)
    panels = () if dark_until else _PANELS[turn.page.board](reading)
    now = None if dark_until else reading.flows[0]
    return WallPage(
        clinic=clinic.name,
        date=f"{reading.today:%A} {reading.today.day} {reading.today:%B}, {opening}",
        clock=fresh.time,
        zone=fresh.zone,
        offset=fresh.offset,
        now=fresh.now,
        segments=_segments(now) if now else (),
        whole=now.booked if now else 0,
        panels=panels[:2] if wall.size == "small_screen" else panels,
        fresh=f"{fresh.time} {fresh.zone}",
        late=fresh.late,
        playlist=BOARDS[turn.page.board],
        position=turn.position,
        length=turn.length,
        poll=poll,
        next_url=turn.next_url,
        previous_url=turn.previous_url,
        next_after=turn.page.seconds if turn.length > 1 else 0,
        theme="light" if wall.theme == "light" else "dark",
        small=wall.size == "small_screen",
        dark_until=dark_until,
    )


def _reading(actor: Actor, clinic: Clinic, names: set[str]) -> ClinicDashboard:
    places = places_of(actor)
    day = period_of(Span.DAY, local_today(places.organization, clinic))
    return clinic_dashboard.read(actor, places.organization, clinic, day, names)


def _segments(now: Flow) -> tuple[FlowSegment, ...]:
    parts: tuple[tuple[FlowKind, str, int], ...] = (
        ("done", "Done", now["completed"]),
        ("room", "In a room", now["in_room"]),
        ("wait", "Waiting", now["waiting"]),
        ("later", "To come", now["to_come"] + now["unknown"]),
        ("cancel", "Not coming", now["cancelled"] + now["no_show"]),
    )
    return flow_segments(parts)


def _flow_panels(reading: ClinicDashboard) -> tuple[WallPanel, ...]:
    return _wait(reading), _rooms(reading), _departments(reading.answers["departments"], reading)


def _service_panels(reading: ClinicDashboard) -> tuple[WallPanel, ...]:
    return tuple(_figure(reading, *panel) for panel in SERVICE)


def _figure(reading: ClinicDashboard, title: str, metric: str) -> WallPanel:
    figure = reading.get("now", metric)
    if figure is None or figure.value is None:
        return _without(title, figure)
    percent = figure.metric.unit is Unit.PERCENT
    value, unit = (_shown(figure.value, percent), "%" if percent else "days")
    if figure.target is None:
        return WallPanel("figure", title, value=value, unit=unit)
    goal = _shown(figure.target, percent)
    said = f"{goal}%" if percent else f"{goal} {unit}"
    line = WallLine(f"{said} or {'more' if figure.metric.better is Better.UP else 'less'}", "target")
    return WallPanel("figure", title, value=value, unit=unit, lines=(line,))


def _shown(value: Number | Decimal, percent: bool) -> str:
    return format.number(float(value) * 100 if percent else value)


def _wait(reading: ClinicDashboard) -> WallPanel:
    median, tail = reading.get("now", WAIT), reading.get("now", TAIL)
    if median is None or median.value is None:
        return _without("Wait to be seen", median)
    lines = []
    if median.target is not None:
        lines.append(WallLine(f"{format.number(median.target)} or less", "median, target"))
    if tail is not None and tail.value is not None:
        lines.append(WallLine(f"{format.number(tail.value)} min", "nine in ten within"))
    return WallPanel("figure", "Wait to be seen", value=format.number(median.value), unit="min", lines=tuple(lines))


def _rooms(reading: ClinicDashboard) -> WallPanel:
    rooms = reading.occupancy
    if rooms.rooms_in_use is None:
        return WallPanel("rooms", "Rooms in use", missing="Not recorded")
    free = rooms.rooms - rooms.rooms_in_use
    return WallPanel(
        "rooms",
        "Rooms in use",
        value=str(rooms.rooms_in_use),
        unit=f"of {rooms.rooms}",
        lines=(WallLine(str(free), after="free"),),
        taken=rooms.rooms_in_use,
        whole=rooms.rooms,
    )


def _departments(answer: Result, reading: ClinicDashboard) -> WallPanel:
    rows = [row for row in answer.rows if row.figures[WAIT].value is not None]
    hidden = [row for row in answer.rows if row.figures[WAIT].reason_code == "too_few"]
    if not rows and not hidden:
        return WallPanel("bars", "Wait by department", missing="None yet")
    total = reading.get("now", WAIT)
    target = None if total is None or total.target is None else float(total.target)
    scale = max([float(row.figures[WAIT].value or 0) for row in rows] + [target or 0.0, 1.0]) * 1.2
    longest = sorted(rows, key=lambda row: -float(row.figures[WAIT].value or 0))[:ROWS]
    bars = tuple(_bar(row.label or "Not assigned", row.figures[WAIT], scale, target) for row in longest)
    bars += tuple(WallBar(row.label or "Not assigned", missing="too few to show") for row in hidden[: ROWS - len(bars)])
    return WallPanel("bars", "Wait by department", aside="min, line is the target" if target else "min", bars=bars)


def _bar(name: str, figure: Figure, scale: float, target: float | None) -> WallBar:
    value = float(figure.value or 0)
    goal = None if target is None else target / scale
    return WallBar(name, format.number(figure.value), value / scale, goal, target is not None and value > target)


def _without(title: str, figure: Figure | None) -> WallPanel:
    """A panel that says why it has no figure."""
    return WallPanel(
        "figure", title, missing=_why(figure), hidden=figure is not None and figure.reason_code == "too_few"
    )


def _why(figure: Figure | None) -> str:
    code = figure.reason_code if figure else ""
    return {"not_recorded": "Not recorded", "too_few": "Too few to show"}.get(code or "", "None yet")


_PANELS: Mapping[str, Callable[[ClinicDashboard], tuple[WallPanel, ...]]] = {
    "flow": _flow_panels,
    "service": _service_panels,
}
