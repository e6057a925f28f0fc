"""The doctor dashboard: how it is opened, and its widgets in reading order."""

from typing import Any

from flask import g, url_for

from app.core import format
from app.core.errors import NotFound
from app.core.permissions import Permission, Role
from app.core.registry import registry
from app.services.dashboards import doctor_dashboard
from app.services.dashboards.doctor_dashboard import COMPARED, TILES, DoctorDashboard
from app.services.dashboards.readings import local_today
from app.services.doctors import Doctor, doctor_for, doctors_for
from app.services.places import Places, places_of
from app.web.dashboards import doctor_figures as figures
from app.web.dashboards import doctor_lists as lists
from app.web.dashboards import people
from app.web.dashboards.board import HISTORICAL, LIVE, STANDARD, Board, Spec
from app.web.dashboards.cards import tile_of
from app.web.dashboards.dashboard import Dashboard, Head, board_of
from app.web.periods import title_of
from app.web.places import clinic_asked, clinic_picker, id_asked
from app.web.session import is_poll
from app.web.view_models import Link, Picker

P = Permission.DASHBOARD_DOCTOR
TILE_KEYS = ("booked", "seen", "collected", "duration", "on-time", "wait", "no-show", "satisfaction")


def doctor_asked(places: Places) -> Doctor:
    """The doctor that a page is about: the one named in the query, else the viewer, else an administrator's first."""
    wanted = id_asked("doctor_id") or g.actor.practitioner_id
    if wanted is None and Role.ADMIN in g.actor.roles:
        wanted = next((doctor_id for doctor_id, _ in doctors_for(g.actor)), None)
        if wanted is None:
            raise NotFound("There is no doctor yet.")
    return doctor_for(g.actor, wanted, local_today(places.organization))


def named(doctor: Doctor) -> dict[str, Any]:
    """What stands in the addresses of a doctor's pages: nothing in the doctor's own."""
    return {} if doctor.id == g.actor.practitioner_id else {"doctor_id": doctor.id}


def _open() -> Board[DoctorDashboard]:
    places = places_of(g.actor)
    clinic, doctor = clinic_asked(places), doctor_asked(places)
    place = named(doctor) | ({} if clinic is None else {"clinic_id": clinic.id})
    return board_of(
        DASHBOARD,
        places,
        clinic,
        lambda chosen: doctor_dashboard.read(
            g.actor, places.organization, clinic, chosen.period, doctor, asks_again=is_poll()
        ),
        **place,
    )


def _head(board: Board[DoctorDashboard]) -> Head:
    reading = board.reading
    doctor, place = reading.doctor, reading.clinic.name if reading.clinic else ""
    where = place or format_places(doctor)
    under = ", ".join(filter(None, (format.date(reading.today, "full"), doctor.specialty, where)))
    return Head(f"{doctor.name}, {title_of(board.chosen)}", under)


def format_places(doctor: Doctor) -> str:
    """Where a doctor works, in a few words."""
    names = [place.clinic for place in doctor.workplaces]
    return " and ".join(names) if len(names) < 3 else f"{len(names)} clinics"


def _pickers(board: Board[DoctorDashboard]) -> tuple[Picker, ...]:
    doctor = named(board.reading.doctor)
    clinics = clinic_picker(
        board.places, board.reading.clinic, lambda more: url_for("dashboards.doctor", **(doctor | more))
    )
    return (*_doctors(board.reading.doctor), *clinics)


def _doctors(current: Doctor) -> tuple[Picker, ...]:
    if Role.ADMIN not in g.actor.roles:
        return ()
    links = tuple(
        Link(name, url_for("dashboards.doctor", doctor_id=doctor_id), current=doctor_id == current.id)
        for doctor_id, name in doctors_for(g.actor)
    )
    return (Picker("Doctor", current.name, links),)


WIDGETS = registry(
    (
        Spec("visits", "day", "table", 8, LIVE, lists.visits, "early", P, private=True),
        Spec("patients", "day", "notes", 4, LIVE, lists.alerts, "first", P, private=True),
        Spec("results", "day", "table", 6, LIVE, lists.results, permission=P, private=True),
        Spec("messages", "day", "table", 6, LIVE, lists.messages, permission=P, private=True),
    ),
    (
        Spec(key, "figures", "tile", 3, LIVE, tile_of(metric), permission=P)
        for key, metric in zip(TILE_KEYS, TILES, strict=True)
    ),
    (
        Spec("today", "figures", "facts", 6, LIVE, figures.today, permission=P),
        Spec("week", "figures", "facts", 6, HISTORICAL, figures.week, permission=P),
        Spec("month", "month", "chart", 7, STANDARD, figures.month, permission=P),
        Spec("weeks", "month", "table", 5, STANDARD, figures.weeks, permission=P),
        Spec("punctuality", "month", "chart", 7, HISTORICAL, figures.punctuality, permission=P),
        Spec("indicators", "month", "table", 5, STANDARD, figures.indicators, permission=P),
    ),
    (
        Spec(f"peers-{number}", "peers", "chart", 6, HISTORICAL, figures.peers_of(metric), permission=P)
        for number, metric in enumerate(COMPARED, start=1)
    ),
    (
        Spec("insights", "outlook", "notes", 7, HISTORICAL, people.insights, permission=P),
        Spec("events", "outlook", "notes", 5, HISTORICAL, people.events, permission=P),
    ),
)

DASHBOARD = Dashboard(
    key="doctor",
    label="Doctor",
    permission=P,
    sections={
        "day": "The day",
        "figures": "Figures",
        "month": "Month by month",
        "peers": "Beside colleagues",
        "outlook": "Findings and events",
    },
    widgets=WIDGETS,
    open=_open,
    head=_head,
    api="api_dashboards.doctor",
    quiet=frozenset({"day"}),
    about_patients=True,
    pickers=_pickers,
)
