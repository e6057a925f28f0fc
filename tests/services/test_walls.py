"""Walls: pairing by code, playlists and hours."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from app.core.permissions import Role
from app.extensions import store
from app.models import Wall
from app.services import wall_pairing, wall_playlists, walls
from app.services.wall_playlists import is_dark, pages_of


@pytest.fixture
def staff(make_actor, clinic):
    """Reception of the clinic."""
    return make_actor(Role.CLINIC_STAFF, clinics={clinic.id})


@pytest.fixture
def wall(staff, clinic):
    """A screen of the clinic."""
    return walls.make_wall(staff, clinic.id, "Corridor")[0]


def test_a_typed_code_gives_the_screen_its_wall(staff, clinic):
    secret = wall_pairing.new_secret()
    code = wall_pairing.code_for(secret, "10.0.0.7")
    assert wall_pairing.token_of(secret) is None
    made = wall_pairing.pair(staff, f" {code[:3].lower()} {code[3:]}", clinic.id, "Corridor")
    token = wall_pairing.token_of(secret)
    assert token.wall_id == made.id
    assert walls.open_wall(token)[0].name == "Corridor"


def test_a_code_is_good_once(staff, clinic):
    code = wall_pairing.code_for(wall_pairing.new_secret(), "10.0.0.7")
    wall_pairing.pair(staff, code, clinic.id, "Corridor")
    with pytest.raises(NotFound):
        wall_pairing.pair(staff, code, clinic.id, "Corridor")


def test_a_name_that_cannot_be_spends_no_code(staff, clinic):
    code = wall_pairing.code_for(wall_pairing.new_secret(), "10.0.0.7")
    with pytest.raises(Invalid):
        wall_pairing.pair(staff, code, clinic.id, " ")
    assert wall_pairing.pair(staff, code, clinic.id, "Corridor").name == "Corridor"


def test_a_screen_shows_one_code_for_ten_minutes(session):
    secret = wall_pairing.new_secret()
    assert wall_pairing.code_for(secret, "10.0.0.7") == wall_pairing.code_for(secret, "10.0.0.7")
    lives = [store.client.ttl(key) for key in store.client.scan_iter("mc:pair:*")]
    assert len(lives) == 1
    assert 590 <= lives[0] <= 600


def test_nothing_that_opens_a_wall_lies_in_redis(staff, clinic):
    secret = wall_pairing.new_secret()
    wall_pairing.pair(staff, wall_pairing.code_for(secret, "10.0.0.7"), clinic.id, "Corridor")
    kept = [key + (store.client.get(key) or b"") for key in store.client.scan_iter("mc:*") if b"stirred" not in key]
    assert kept
    assert not [line for line in kept if secret.encode() in line]


def test_guessing_codes_comes_to_an_end(staff, clinic):
    with time_machine.travel("2026-03-12 15:00:00+00:00", tick=False):
        for _ in range(wall_pairing.TRIES_A_MINUTE):
            with pytest.raises(NotFound):
                wall_pairing.pair(staff, "BBBBBB", clinic.id, "Corridor")
        with pytest.raises(TooMany):
            wall_pairing.pair(staff, "BBBBBB", clinic.id, "Corridor")


def test_only_those_who_may_make_walls_pair_one(make_actor, clinic):
    code = wall_pairing.code_for(wall_pairing.new_secret(), "10.0.0.7")
    with pytest.raises(Forbidden):
        wall_pairing.pair(make_actor(Role.DOCTOR), code, clinic.id, "Corridor")
    with pytest.raises(NotFound):
        wall_pairing.pair(make_actor(Role.CLINIC_STAFF, clinics={uuid4()}), code, clinic.id, "Corridor")


def test_a_wall_without_a_playlist_shows_the_flow_of_its_clinic(wall, clinic):
    assert [(page.clinic.id, page.board) for page in pages_of(wall, clinic)] == [(clinic.id, "flow")]


def test_pages_are_shown_in_the_order_of_their_adding(staff, wall, clinic):
    first = wall_playlists.add_page(staff, wall.id, clinic.id, "flow", 30)
    wall_playlists.add_page(staff, wall.id, clinic.id, "service", 20)
    assert [(page.board, page.seconds) for page in pages_of(wall, clinic)] == [("flow", 30), ("service", 20)]
    wall_playlists.remove_page(staff, wall.id, first.id)
    assert [page.board for page in pages_of(wall, clinic)] == ["service"]
    with pytest.raises(NotFound):
        wall_playlists.remove_page(staff, wall.id, first.id)


def test_a_page_has_a_known_board_a_dwell_and_a_clinic_of_ones_own(staff, wall, clinic, make_clinic):
    for board, seconds in (("patients", 30), ("flow", 9), ("flow", 601)):
        with pytest.raises(Invalid):
            wall_playlists.add_page(staff, wall.id, clinic.id, board, seconds)
    with pytest.raises(NotFound):
        wall_playlists.add_page(staff, wall.id, make_clinic("Riverside").id, "flow", 30)
    for _ in range(12):
        wall_playlists.add_page(staff, wall.id, clinic.id, "flow", 30)
    with pytest.raises(Conflict):
        wall_playlists.add_page(staff, wall.id, clinic.id, "flow", 30)


@pytest.mark.parametrize(
    ("local", "dark"),
    [("12 06:59", True), ("12 07:00", False), ("12 18:59", False), ("12 19:00", True), ("14 12:00", True)],
)
def test_outside_its_hours_a_screen_is_dark(staff, wall, clinic, local, dark):
    wall_playlists.set_hours(staff, wall.id, time(7), time(19), 0b0011111)
    at = datetime.strptime(f"2026-03-{local}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC) + timedelta(hours=5)  # Chicago
    assert is_dark(wall, clinic, at) is dark


def test_hours_are_both_given_in_order_or_not_at_all(staff, wall):
    for opens, closes in ((time(7), None), (time(19), time(7)), (time(7), time(7))):
        with pytest.raises(Invalid):
            wall_playlists.set_hours(staff, wall.id, opens, closes)


def test_a_screen_is_noted_as_seen_once_a_minute(session, wall):
    with time_machine.travel("2026-03-12 15:00:00+00:00", tick=False) as clock:
        walls.note_seen(wall)
        clock.shift(timedelta(seconds=30))
        session.refresh(wall)
        walls.note_seen(wall)
        session.refresh(wall)
        assert wall.seen_at == datetime(2026, 3, 12, 15, tzinfo=UTC)
        clock.shift(timedelta(seconds=30))
        walls.note_seen(wall)
    assert session.get(Wall, (wall.organization_id, wall.id), populate_existing=True).seen_at.minute == 1


def test_a_screen_whose_wall_is_unknown_or_revoked_says_calmly_that_it_was_ended(browser, organization):
    unknown = walls.WallToken(organization.id, uuid4(), "x" * 43)
    for address in ("/wall/nonsense", f"/wall/{unknown}"):
        answer = browser.get(address)
        assert (answer.status_code, "This wall was ended" in answer.text) == (404, True), address
        assert 'data-theme="dark"' in answer.text
        assert "<a " not in answer.text
