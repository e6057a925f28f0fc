"""What happens after the demo was made: the laid-out day, in order, told once."""

from datetime import datetime, timedelta

import pytest

from app.demo.blueprint import plans
from app.demo.calendar import iso, utc_minute
from app.demo.day import Change, Days
from app.demo.play import Played, catch_up, play, told
from tests.demo.conftest import NOW, SEED

SOON = utc_minute(NOW + timedelta(hours=10))


@pytest.fixture(scope="module")
def days() -> Days:
    return Days(plans()[0], SEED, NOW, clinics=("C4",))


@pytest.fixture(scope="module")
def changes(days) -> list[Change]:
    return days.changes(utc_minute(NOW), SOON)


def test_the_rest_of_the_day_holds_every_kind_of_change(days):
    week = days.changes(utc_minute(NOW), utc_minute(NOW + timedelta(days=7)))
    assert {change.what for change in week} == {
        "booked", "arrived", "started", "completed", "cancelled", "no_show", "paid"
    }  # fmt: skip


def test_changes_come_in_order_and_after_the_demo_was_made(changes):
    assert changes
    assert [change.at for change in changes] == sorted(change.at for change in changes)
    assert all(utc_minute(NOW) < change.at <= SOON for change in changes)


def test_two_spans_hold_what_one_span_holds(days, changes):
    middle = utc_minute(NOW + timedelta(hours=2))
    assert days.changes(utc_minute(NOW), middle) + days.changes(middle, SOON) == changes


def test_a_completed_visit_tells_of_its_encounter_and_its_invoice(changes):
    done = next(change for change in changes if change.what == "completed")
    assert [resource["resourceType"] for resource in done.resources] == ["Appointment", "Encounter", "Invoice"]
    invoice = done.resources[2]
    lines = sum(each["priceComponent"][0]["amount"]["value"] for each in invoice["lineItem"])
    discount = next(e["valueMoney"]["value"] for e in invoice["extension"] if e["url"].endswith("/discount"))
    assert lines - discount == invoice["totalGross"]["value"]


def test_catching_up_hands_on_each_resource_once(changes):
    sent: list[dict] = []
    played = Played(utc_minute(NOW))
    catch_up(changes, sent.extend, played)
    assert len(sent) == sum(len(change.resources) for change in changes)
    assert played.until == changes[-1].at
    assert sum(played.counts.values()) == len(changes)


def test_a_play_that_is_refused_remembers_what_was_taken(changes):
    taken: list[list[dict]] = []

    def refuse_the_third(resources: list[dict]) -> None:
        if len(taken) == 2:
            raise ConnectionError
        taken.append(resources)

    played = Played(utc_minute(NOW))
    with pytest.raises(ConnectionError):
        play(changes, refuse_the_third, played, speed=1e9, rate=1e9, show=lambda change: None)
    assert played.until == changes[1].at


def test_the_place_is_kept_between_plays(tmp_path):
    assert Played.read(tmp_path, made=5).until == 5
    Played(9).write(tmp_path)
    assert Played.read(tmp_path, made=5).until == 9


def test_a_patient_who_is_new_is_told_of_before_the_booking(days):
    week = days.changes(utc_minute(NOW), utc_minute(NOW + timedelta(days=7)))
    first = [change.resources for change in week if change.what == "booked" and len(change.resources) == 2]
    assert first
    for patient, booked in first:
        assert booked["participant"][0]["actor"]["reference"] == f"Patient/{patient['id']}"


def test_a_visit_played_ahead_of_the_clock_ends_now_and_keeps_its_length(changes):
    done = next(change for change in changes if change.what == "completed")
    now = done.at - 300
    before, after = done.resources[0], told(done, now)[0]
    stamp = {each["url"].rsplit("/", 1)[1]: each.get("valueInstant") for each in after["extension"]}
    planned = {each["url"].rsplit("/", 1)[1]: each.get("valueInstant") for each in before["extension"]}
    assert stamp["finished"] == iso(now)
    for name in ("arrived", "started", "finished"):
        assert _minute(planned[name]) - _minute(stamp[name]) == 300
    assert (after["start"], after["end"]) == (before["start"], before["end"])


def test_who_did_not_come_was_expected_before_now(changes):
    missed = next(change for change in changes if change.what == "no_show")
    now = missed.at - 300
    assert _minute(told(missed, now)[0]["start"]) <= now


def test_what_has_happened_is_told_with_its_own_stamps(changes):
    assert told(changes[0], changes[0].at) == list(changes[0].resources)


def _minute(instant: str) -> int:
    return utc_minute(datetime.fromisoformat(instant))
