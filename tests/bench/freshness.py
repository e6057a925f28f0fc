"""How soon a pushed status change is on a polled fragment, while 50 changes a second arrive.

`python -m tests.bench.freshness [changes a second] [seconds]`.

Two organizations take the changes in turn, spread over their clinics; one clinic's flow is polled with its tag. A
change is seen once the fragment counts as many visits done as had been sent to its clinic when the change was answered:
changes of an organization commit one after another, so that this many cannot be done without it. Web server, worker and
scheduler run as they do in an installation; the first change of each organization only tells that they are at work.
"""

import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection

import orjson

from tests.bench.clinics import CLINICS, Tenant, make_tenant, start_of, visit
from tests.bench.installation import Installation, background, installation, serving
from tests.bench.load import ask

RATE = 50  # changes a second
SECONDS = 40.0  # so that a hundredth of the sampled changes is more than one
SENDERS = 8
POLL_SECONDS = 0.05
PATIENCE = 10.0  # how long the last changes are waited for
START_PATIENCE = 60.0
_DONE = re.compile(r"(\d+) of \d+ done")


@dataclass
class Record:
    """What was measured; times in seconds of `time.perf_counter`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    sent: int = 0  # to the clinic that is polled
    samples: list[tuple[float, int]] = field(default_factory=list)  # when answered, how many done show it
    seen: list[tuple[float, int]] = field(default_factory=list)  # when a fragment came, how many done it showed
    pushes: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    polls: int = 0
    changed: list[float] = field(default_factory=list)
    errors: int = 0


@dataclass(frozen=True)
class Change:
    """One visit of today that is now over."""

    tenant: Tenant
    body: bytes
    path: str
    sampled: bool


def changes(tenants: Sequence[Tenant], number: int) -> list[Change]:
    """So many changes, to organizations and their clinics in turn; the first clinic of the first one is sampled."""
    found = []
    for n in range(number):
        tenant, clinic = n % len(tenants), n // len(tenants) % CLINICS
        nth = n // (len(tenants) * CLINICS)
        resource = visit(clinic, nth, start_of(nth), "fulfilled")
        path = f"/fhir/Appointment/{resource['id']}"
        found.append(Change(tenants[tenant], orjson.dumps(resource), path, tenant == 0 and clinic == 0))
    return found


def warm(port: int, tenant: Tenant) -> None:
    """Waits for the server's workers, and lets each of them render once."""
    opened = [HTTPConnection("127.0.0.1", port, timeout=120) for _ in range(SENDERS)]
    for connection in opened:
        connection.request("GET", _fragment(tenant), headers=_headers(tenant))
    for connection in opened:
        connection.getresponse().read()
        connection.close()


def _fragment(tenant: Tenant) -> str:
    return f"/clinics/{tenant.clinic_ids[0]}/widgets/flow"


def settle(port: int, tenants: Sequence[Tenant], first: Sequence[Change]) -> None:
    """Pushes one change to the first clinic of each organization and waits until it is shown; raises TimeoutError."""
    record = Record()
    send(port, [(time.perf_counter(), change) for change in first], record)
    deadline = time.perf_counter() + START_PATIENCE
    for tenant in tenants:
        while _done(ask(port, _fragment(tenant), _headers(tenant)).text) < 1:
            if record.errors or time.perf_counter() > deadline:
                raise TimeoutError("the first change was never shown")
            time.sleep(POLL_SECONDS)


def _headers(tenant: Tenant) -> dict[str, str]:
    return {"Cookie": f"mediconnect={tenant.cookie}", "HX-Request": "true"}


def _done(html: str) -> int:
    shown = _DONE.search(html)
    return int(shown[1]) if shown else 0


def send(port: int, mine: Sequence[tuple[float, Change]], record: Record) -> None:
    """Sends each change at its time over one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    for due, change in mine:
        time.sleep(max(0.0, due - time.perf_counter()))
        with record.lock:
            record.sent += change.sampled
        begun = time.perf_counter()
        headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {change.tenant.bearer}"}
        connection.request("PUT", change.path, change.body, headers)
        answer = connection.getresponse()
        answer.read()
        answered = time.perf_counter()
        with record.lock:
            record.pushes.append(answered - begun)
            record.late.append(begun - due)
            record.errors += answer.status != 200
            if change.sampled:
                record.samples.append((answered, record.sent))
    connection.close()


def poll(port: int, tenant: Tenant, record: Record, stop: threading.Event) -> None:
    """Asks for the flow of the tenant's first clinic again and again, as an open page does."""
    connection, tag = HTTPConnection("127.0.0.1", port, timeout=30), ""
    fixed = _headers(tenant)
    while not stop.wait(POLL_SECONDS):
        begun = time.perf_counter()
        connection.request("GET", _fragment(tenant), headers=fixed | ({"HX-PTag": tag} if tag else {}))
        answer = connection.getresponse()
        body = answer.read().decode()
        record.polls += 1
        if answer.status == 304:
            continue
        shown, came = _DONE.search(body), time.perf_counter()
        if answer.status != 200 or shown is None:
            record.errors += 1
            continue
        tag = answer.headers["HX-PTag"]
        record.changed.append(came - begun)
        record.seen.append((came, int(shown[1])))
    connection.close()


def delays(record: Record) -> list[float]:
    """Seconds from each sampled answer to the first fragment with it, in order of size; what never came counts inf."""
    found = []
    for answered, needed in record.samples:
        came = next((at for at, done in record.seen if done >= needed), float("inf"))
        found.append(max(0.0, came - answered))
    return sorted(found)


def measure(port: int, tenants: Sequence[Tenant], planned: Sequence[Change], rate: float) -> tuple[Record, float]:
    """Sends so many changes a second while the fragment is polled; what was measured and how long sending took."""
    record, stop = Record(sent=1), threading.Event()  # the one that was sent before
    poller = threading.Thread(target=poll, args=(port, tenants[0], record, stop))
    poller.start()
    time.sleep(2)
    begun = time.perf_counter() + 0.2
    timed = [(begun + number / rate, change) for number, change in enumerate(planned)]
    senders = [threading.Thread(target=send, args=(port, timed[n::SENDERS], record)) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    seconds = time.perf_counter() - begun
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline and (not record.seen or record.seen[-1][1] < record.sent):
        time.sleep(0.05)
    stop.set()
    poller.join()
    return record, seconds


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextmanager
def filled(found: Installation, visits: int) -> Iterator[list[Tenant]]:
    """The two organizations, made through the application itself."""
    from app import create_app

    with create_app(found.config).app_context():
        yield [make_tenant(slug, visits) for slug in ("north", "south")]


def report(record: Record, seconds: float, rate: float) -> None:
    """Prints the figures, one a line."""
    found, pushes, rendered = delays(record), sorted(record.pushes), sorted(record.changed)
    print(f"freshness p50: {percentile(found, 0.5):.2f} s")
    print(f"freshness p99: {percentile(found, 0.99):.2f} s")
    print(f"freshness worst: {found[-1]:.2f} s of {len(found)} changes")
    print(f"pushed changes: {len(pushes) / seconds:.1f} a second of {rate:g} wanted")
    print(f"push p50: {percentile(pushes, 0.5) * 1000:.0f} ms")
    print(f"push p99: {percentile(pushes, 0.99) * 1000:.0f} ms")
    print(f"sent late p99: {percentile(sorted(record.late), 0.99):.2f} s")
    print(f"polls: {record.polls}, changed {len(rendered)}, of these p50 {percentile(rendered, 0.5) * 1000:.0f} ms")
    print(f"errors: {record.errors}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> int:
    """Measures once; 1 where a push or a poll failed, or a change never came."""
    given = [float(argument) for argument in sys.argv[1:3]]
    rate, seconds = given + [RATE, SECONDS][len(given) :]
    number = int(rate * seconds)
    visits = number // (2 * CLINICS) + 2
    with installation() as found, filled(found, visits) as tenants, serving(found) as port, background(found):
        warm(port, tenants[0])
        planned = changes(tenants, number + len(tenants))
        settle(port, tenants, planned[: len(tenants)])
        record, seconds = measure(port, tenants, planned[len(tenants) :], rate)
    report(record, seconds, rate)
    return 1 if record.errors or delays(record)[-1] == float("inf") else 0


if __name__ == "__main__":
    sys.exit(main())
