"""The wall of a clinic: where everybody booked is, how long the wait is, which rooms are free. No patient, no money."""

from app.core import format
from app.core.actor import Actor
from app.core.period import Span, period_of
from app.metrics.types import Figure, Result
from app.models import Clinic, Wall
from app.services import clinic_dashboard
from app.services.clinic_dashboard import ClinicDashboard
from app.services.places import places_of
from app.services.readings import local_today
from app.web.dashboards.pages import freshness
from app.web.view_models import FlowKind, Poll, WallBar, WallLine, WallPage, WallPanel, flow_segments

WAIT, TAIL = "waiting.wait_median", "waiting.wait_p90"
ROWS = 7


def wall_page(actor: Actor, wall: Wall, clinic: Clinic, poll: Poll) -> WallPage:
    """Everything that the screen shows now; needs the organization's scope."""
    places = places_of(actor)
    day = period_of(Span.DAY, local_today(places.organization, clinic))
    reading = clinic_dashboard.read(actor, places.organization, clinic, day, {"now", "departments"})
    now, _ = reading.flows
    fresh = freshness(reading)
    parts: tuple[tuple[FlowKind, str, int], ...] = (
        ("done", "Done", now["completed"]),
        ("room", "In a room", now["in_room"]),
        ("wait", "Waiting", now["waiting"]),
        ("later", "To come", now["to_come"] + now["unknown"]),
        ("cancel", "Not coming", now["cancelled"] + now["no_show"]),
    )
    panels = (_wait(reading), _rooms(reading), _departments(reading.answers["departments"], reading))
    return WallPage(
        clinic=clinic.name,
        date=f"{reading.today:%A} {reading.today.day} {reading.today:%B}, "
        + clinic_dashboard.opening_words(clinic, reading.today),
        clock=fresh.time,
        zone=fresh.zone,
        offset=fresh.offset,
        now=fresh.now,
        segments=flow_segments(parts),
        whole=now.booked,
        panels=panels[:2] if wall.size == "small_screen" else panels,
        fresh=f"{fresh.time} {fresh.zone}",
        late=fresh.late,
        playlist="Clinic flow",
        position=1,
        length=1,
        poll=poll,
        theme="light" if wall.theme == "light" else "dark",
        small=wall.size == "small_screen",
    )


def _wait(reading: ClinicDashboard) -> WallPanel:
    median, tail = reading.get("now", WAIT), reading.get("now", TAIL)
    if median is None or median.value is None:
        return WallPanel("figure", "Wait to be seen", missing=_why(median))
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
    if not rows:
        return WallPanel("bars", "Wait by department", missing="None yet")
    total = reading.get("now", WAIT)
    target = None if total is None or total.target is None else float(total.target)
    scale = max([float(row.figures[WAIT].value or 0) for row in rows] + [target or 0.0, 1.0]) * 1.2
    longest = sorted(rows, key=lambda row: -float(row.figures[WAIT].value or 0))[:ROWS]
    bars = tuple(_bar(row.label or "Not assigned", row.figures[WAIT], scale, target) for row in longest)
    return WallPanel("bars", "Wait by department", aside="min, line is the target" if target else "min", bars=bars)


def _bar(name: str, figure: Figure, scale: float, target: float | None) -> WallBar:
    value = float(figure.value or 0)
    goal = None if target is None else target / scale
    return WallBar(name, format.number(figure.value), value / scale, goal, target is not None and value > target)


def _why(figure: Figure | None) -> str:
    code = figure.reason_code if figure else ""
    return {"not_recorded": "Not recorded", "too_few": "Too few to show"}.get(code or "", "None yet")
