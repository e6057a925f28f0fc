"""What is down, slow or mad keeps nobody else waiting, and loses nothing: it is sent once it can be, once."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import select, text

from app.config import FileStore
from app.core.mail import postbox
from app.core.outbound import outbound
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Delivery
from app.reports.storage import storage
from app.services.reports import report_types
from tests.faults.outages import (
    CALLS,
    ILL,
    PEOPLE,
    World,
    dispatching,
    everything_is_due,
    mail_server,
    no_store,
    nothing_is_due,
    pace,
    seconds_until,
    senders_end,
    share_of_speed,
    waiting,
)
from tests.faults.tiny import TINY

ROUNDS = 5


@pytest.fixture
def world(app, committed, tmp_path, monkeypatch) -> Iterator[World]:
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    for place, name, value in (
        (storage, "root", None),
        (storage, "store", None),
        (outbound, "allowed", frozenset()),
        (outbound, "seconds", 3.0),
        (postbox, "server", None),
    ):
        monkeypatch.setattr(place, name, value, raising=False)
    made = World(app, committed.id, FileStore(tmp_path.as_uri()))
    yield made
    made.close()
    senders_end()


def calls(name: str) -> str:
    return f"kind = 'webhook' AND dedupe_key LIKE '{name}:%'"


def states(world: World, channel: str) -> set[str]:
    with tenant_scope(world.organization_id):
        return set(db.session.scalars(select(Delivery.state).where(Delivery.channel == channel)))


def in_turn(measure: Callable[[str], float]) -> tuple[list[float], list[float]]:
    """The pace alone and beside what is down, in turn, so that whatever else the machine does slows both."""
    alone, beside = [], []
    for number in range(ROUNDS):
        nothing_is_due()
        alone.append(measure(f"alone {number}"))
        everything_is_due()
        beside.append(measure(f"beside {number}"))
    return alone, beside


def webhook_pace(world: World, app, name: str) -> float:
    """The pace at which a webhook that works gets its messages."""
    hook = world.call(name, wait=0.05)
    with dispatching(app):
        seconds_until(lambda: len(hook.arrivals) == CALLS)
    assert len(hook.messages) == CALLS
    return pace(hook.arrivals)


def mail_pace(world: World, app) -> float:
    """The same of mails to everybody."""
    world.send(channels=["mail"])
    with mail_server() as server, dispatching(app):
        seconds_until(lambda: len(server.box.arrivals) == PEOPLE)
        return pace(server.box.arrivals)


def make_ill(world: World, app) -> None:
    """Webhooks with everything wrong that can be; each has shown what it is."""
    for name, behaviour in ILL.items():
        world.call(name, **behaviour)
    with dispatching(app):
        seconds_until(lambda: all(world.hooks[name].calls for name in ILL))


@pytest.mark.speed
def test_webhooks_that_are_slow_or_mad_leave_the_others_nine_tenths_of_their_speed(world, app):
    make_ill(world, app)
    paces = in_turn(partial(webhook_pace, world, app))
    assert share_of_speed(f"Webhooks beside {len(ILL)} that are slow or mad", *paces) >= 0.9
    seconds_until(lambda: waiting("kind = 'webhook'", "state <> 'dead'") == CALLS * len(ILL))  # senders still note it
    assert waiting("kind = 'webhook'", "state <> 'dead'") == CALLS * len(ILL)


@pytest.mark.speed
def test_webhooks_that_are_slow_or_mad_leave_mails_nine_tenths_of_their_speed(world, app):
    make_ill(world, app)
    paces = in_turn(lambda _: mail_pace(world, app))
    assert share_of_speed(f"Mails beside {len(ILL)} webhooks that are slow or mad", *paces) >= 0.9


@pytest.mark.speed
def test_a_mail_server_that_never_answers_leaves_webhooks_nine_tenths_of_their_speed(world, app):
    world.send(channels=["mail"])
    with mail_server(b""):
        paces = in_turn(partial(webhook_pace, world, app))
    assert share_of_speed("Webhooks beside a mail server that never answers", *paces) >= 0.9
    assert waiting("kind = 'mail'") == PEOPLE


@pytest.mark.speed
def test_a_store_that_never_answers_leaves_webhooks_nine_tenths_of_their_speed(world, app):
    world.send(channels=["mail"], mail_as="attachment")
    with no_store(), mail_server():
        paces = in_turn(partial(webhook_pace, world, app))
    assert share_of_speed("Webhooks beside a store of files that never answers", *paces) >= 0.9


@pytest.mark.slow
def test_a_store_of_files_that_never_answers_holds_up_mails_with_files_only_and_loses_none(world, app):
    world.send(channels=["mail"], mail_as="attachment")
    world.send(channels=["mail", "notice"], mail_as="link")
    with mail_server() as server:
        with no_store(), dispatching(app):
            seconds_until(lambda: waiting("lane IN ('mail', 'notification')") == 0)
            assert waiting("lane = 'mail:attachment'") == PEOPLE
        assert len(server.box.mails) == PEOPLE
        assert waiting("state = 'dead'") == 0
        seconds_until(lambda: waiting("state = 'sending'") == 0)
        everything_is_due()
        with dispatching(app):
            seconds_until(lambda: waiting() == 0)
        assert len({mail["Message-ID"] for mail in server.box.mails}) == 2 * PEOPLE == len(server.box.mails)
    assert states(world, "mail") == {"sent"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00" * 20000,
        b"554 No mail from here\r\n",
        b"220 hello\r\n" + b"500 What?\r\n" * 50,
        b"220 hello\r\n250 ok\r\n" + b"503 Bad sequence\r\n" * 50,
    ],
    ids=["a web server", "noise", "refuses everybody", "understands nothing", "is confused"],
)
def test_a_mail_server_that_answers_nonsense_gets_every_mail_once_it_is_one(world, app, words):
    world.send(channels=["mail", "notice"])
    with mail_server(words), dispatching(app):
        seconds_until(lambda: waiting("kind = 'notification'") == 0)
        seconds_until(lambda: waiting("kind = 'mail'", "error IS NOT NULL") > 0)
    assert (waiting("kind = 'mail'"), waiting("state = 'dead'")) == (PEOPLE, 0)
    seconds_until(lambda: waiting("state = 'sending'") == 0)
    everything_is_due()
    with mail_server() as server, dispatching(app):
        seconds_until(lambda: waiting() == 0)
        assert len({mail["Message-ID"] for mail in server.box.mails}) == PEOPLE
    assert states(world, "mail") == {"sent"}


@pytest.mark.slow
def test_a_person_whose_mailbox_is_full_delays_nobody_else(world, app):
    world.send(channels=["mail"])
    with mail_server() as server:
        full = db.session.execute(text("SELECT email FROM users WHERE id = :id"), {"id": world.people[0]}).scalar()
        server.box.full = {full}
        with dispatching(app):
            took = seconds_until(lambda: len(server.box.mails) == PEOPLE - 1, 30)
        assert len(server.box.mails) == PEOPLE - 1
        assert waiting("kind = 'mail'", "error LIKE '%this person%'") == 1
        assert took < 30


def test_what_waits_for_a_webhook_goes_on_as_soon_as_it_works_again(world, app):
    world.call("back", status=503)
    with dispatching(app):
        seconds_until(lambda: world.hooks["back"].calls > 0)
        world.hooks["back"].status = 204
        took = seconds_until(lambda: waiting(calls("back")) == 0, 60)
    assert took < 30  # one rest of five seconds, and then all of them
    assert len(world.hooks["back"].messages) == CALLS
