"""The dashboards as benchmarks ask for them, each as who opens it, and what one asking sends to the database."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from app.core.permissions import Role
from app.extensions import store
from tests.bench.clinic import Filled
from tests.bench.volume import Volume

_KEPT = ("mc:board*", "mc:answer:*")


@dataclass(frozen=True)
class Asked:
    """A page, or an answer to a program, and who asks for it."""

    name: str
    role: Role
    path: str


@dataclass(frozen=True)
class Sent:
    """A statement of a request, and for one that reads: the blocks it touched and the milliseconds it ran."""

    text: str
    blocks: int = 0
    milliseconds: float = 0.0

    @property
    def tables(self) -> str:
        """What it reads or writes, in a few words."""
        found = re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)", self.text)
        return ", ".join(dict.fromkeys(found)) or self.text[:40]


def dashboards(volume: Volume) -> tuple[Asked, ...]:
    """All of them, also as an administrator looks at a doctor's and a patient's."""
    doctor, patient = f"doctor_id={volume.doctor_id}", f"patient_id={volume.patient_id}"
    return (
        Asked("clinic", Role.ADMIN, f"/clinics/{volume.clinic_id}/"),
        Asked("doctor", Role.DOCTOR, "/doctor/"),
        Asked("doctor, by an admin", Role.ADMIN, f"/doctor/?{doctor}"),
        Asked("doctor's analytics, a year", Role.ADMIN, f"/api/dashboard/doctor/analytics/?period=year&{doctor}"),
        Asked("patient", Role.PATIENT, "/patient/"),
        Asked("patient, by an admin", Role.ADMIN, f"/patient/?{patient}"),
        Asked("admin", Role.ADMIN, "/admin/"),
        Asked("admin, installation", Role.PLATFORM_ADMIN, "/admin/"),
        Asked("billing", Role.BILLING_STAFF, "/billing/"),
        Asked("billing, a doctor's own", Role.DOCTOR, "/billing/"),
        Asked("analytics", Role.ANALYST, "/analytics/"),
        Asked("analytics, a year", Role.ADMIN, "/analytics/?period=year"),
    )


def forget() -> None:
    """Empties the caches of rendered fragments and of answers; logins and data versions stay."""
    for pattern in _KEPT:
        if names := list(store.client.scan_iter(pattern, count=1000)):
            store.client.delete(*names)


def sent_for(place: Filled, asked: Asked, explain: bool = False) -> list[Sent]:
    """What one asking sends once the process is warm; BEGIN, COMMIT and SET LOCAL left out.

    With `explain` each statement that reads is run a second time under EXPLAIN ANALYZE, in the same transaction.
    """
    client = place.app.test_client(use_cookies=False)

    def ask() -> None:
        forget()
        answer = client.get(asked.path, headers={"Cookie": place.cookies[asked.role]})
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{asked.path} answers {answer.status_code}")

    ask()
    with _listening(explain) as sent:
        ask()
    return sent


@contextmanager
def _listening(explain: bool) -> Iterator[list[Sent]]:
    sent: list[Sent] = []

    def note(_connection: Connection, cursor: Any, text: str, values: Any, _context: Any, _many: bool) -> None:
        if text.startswith("SET LOCAL"):
            return
        reads = explain and text.lstrip().startswith(("SELECT", "WITH"))
        sent.append(Sent(text, *_cost(cursor, text, values)) if reads else Sent(text))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _cost(cursor: Any, text: str, values: Sequence[Any]) -> tuple[int, float]:
    with cursor.connection.cursor() as other:
        ((found,),) = other.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", values).fetchall()
    plan = found[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], found[0]["Execution Time"]
