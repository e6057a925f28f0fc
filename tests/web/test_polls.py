"""Polls: what is drawn for one viewer is there for the next, before the application is entered, and for nobody else."""

import re

import pytest

from app.core.permissions import Role
from app.extensions import store
from app.rollups.refresh import restate
from app.services import walls
from tests.fixtures.clients import PASSWORD

ANY_TAG = re.compile(r'hx-ptag="[^"]*"')


@pytest.fixture
def wait(organization, clinic):
    """Asks for the wait's card of the clinic as an open page does."""
    store.client.flushdb()
    change(organization, clinic)

    def ask(browser, tag: str = ""):
        return browser.get(f"/clinics/{clinic.id}/widgets/wait", headers={"HX-Request": "true", "HX-PTag": tag})

    return ask


@pytest.fixture
def colleague(another_browser, make_person):
    """A second administrator at a screen of their own: sees the same rows as the first."""
    make_person(Role.ADMIN, email="robin@north.example")
    another_browser.log_in("robin@north.example", PASSWORD)
    return another_browser


def is_quick(answer) -> bool:
    """Was it answered before the application was entered, which numbers each request?"""
    return "X-Request-ID" not in answer.headers


def change(organization, clinic) -> None:
    restate(organization.id, [clinic.id])


def test_an_unchanged_poll_is_answered_without_a_body(wait, signed_in):
    tag = wait(signed_in).headers["HX-PTag"]
    answer = wait(signed_in, tag)
    assert (answer.status_code, answer.text, is_quick(answer)) == (304, "", True)


def test_what_one_screen_had_drawn_the_next_gets_quickly_with_a_tag_of_its_own(
    wait, signed_in, colleague, organization, clinic
):
    tags = [wait(browser).headers["HX-PTag"] for browser in (signed_in, colleague)]
    change(organization, clinic)
    first, second = (wait(browser, tag) for browser, tag in zip((signed_in, colleague), tags, strict=True))
    assert (first.status_code, is_quick(first)) == (200, False)
    assert (second.status_code, is_quick(second)) == (200, True)
    assert ANY_TAG.sub("", first.text) == ANY_TAG.sub("", second.text)
    assert second.headers["HX-PTag"] in second.text
    assert second.headers["HX-PTag"] not in (first.headers["HX-PTag"], *tags)
    assert wait(colleague, second.headers["HX-PTag"]).status_code == 304


def test_a_drawing_that_stands_is_shown_though_data_moved_and_says_that_it_is_behind(
    wait, signed_in, colleague, organization, clinic
):
    tags = [wait(browser).headers["HX-PTag"] for browser in (signed_in, colleague)]
    (board,) = (key for key in store.client.scan_iter("mc:board:*") if store.client.type(key) == b"hash")
    version, drawn_at, _ = store.client.hget(board, "head").split()
    store.client.hset(board, "head", f"{int(version)} {float(drawn_at)} {float(drawn_at) + 60}")
    change(organization, clinic)
    for browser, tag in zip((signed_in, colleague), tags, strict=True):
        answer = wait(browser, tag)
        assert (answer.status_code, is_quick(answer), answer.headers["X-Behind"]) == (304, True, "1")


def test_a_quick_answer_has_the_headers_of_every_other(wait, signed_in, colleague, organization, clinic):
    tag = wait(colleague).headers["HX-PTag"]
    change(organization, clinic)
    slow, quick = wait(signed_in), wait(colleague, tag)
    assert is_quick(quick)
    own = {"HX-PTag", "X-Request-ID", "Content-Length"}
    assert {pair for pair in quick.headers if pair[0] not in own} == {
        pair for pair in slow.headers if pair[0] not in own
    }


def test_somebody_elses_tag_opens_nothing_quickly(wait, signed_in, colleague, organization, clinic):
    tag = wait(signed_in).headers["HX-PTag"]
    change(organization, clinic)
    wait(signed_in, tag)
    assert not is_quick(wait(colleague, tag))


def test_a_tag_is_good_for_its_own_fragment_alone(wait, signed_in, organization, clinic):
    tag = wait(signed_in).headers["HX-PTag"]
    answer = signed_in.get(f"/clinics/{clinic.id}/widgets/collected", headers={"HX-PTag": tag})
    assert (answer.status_code, is_quick(answer)) == (200, False)


def test_after_the_logout_a_tag_is_worth_nothing(wait, signed_in, colleague, organization, clinic):
    tag, cookie = wait(colleague).headers["HX-PTag"], colleague.get_cookie("mediconnect").value
    change(organization, clinic)
    wait(signed_in)
    colleague.send("/logout", page="/account")
    colleague.set_cookie("mediconnect", cookie)
    assert wait(colleague, tag).status_code == 401


def test_a_doctors_board_is_not_an_administrators(wait, signed_in, another_browser, make_person, organization, clinic):
    make_person(Role.DOCTOR, email="doc@north.example")
    another_browser.log_in("doc@north.example", PASSWORD)
    tag = wait(another_browser).headers["HX-PTag"]
    change(organization, clinic)
    wait(signed_in)
    assert not is_quick(wait(another_browser, tag))


def test_widgets_that_name_patients_are_drawn_for_each_who_asks(signed_in, organization, clinic):
    address = f"/clinics/{clinic.id}/widgets/worklist"
    tag = signed_in.get(address).headers["HX-PTag"]
    change(organization, clinic)
    assert not is_quick(signed_in.get(address, headers={"HX-PTag": tag}))


def test_two_screens_of_a_clinic_share_a_drawing_but_not_their_addresses(browser, make_actor, organization, clinic):
    actor = make_actor(Role.ADMIN)
    made = [walls.make_wall(actor, clinic.id, name)[1] for name in ("Corridor", "Hall")]
    change(organization, clinic)
    pages = [browser.get(f"/wall/{token}", headers={"HX-Request": "true"}) for token in made]
    tags = [page.headers["HX-PTag"] for page in pages]
    change(organization, clinic)
    first, second = (
        browser.get(f"/wall/{token}", headers={"HX-Request": "true", "HX-PTag": tag})
        for token, tag in zip(made, tags, strict=True)
    )
    assert (is_quick(first), is_quick(second)) == (False, True)
    assert made[1] in second.text
    assert made[0] not in second.text


def test_a_version_that_redis_lost_is_asked_of_the_database(wait, signed_in, organization, clinic):
    tag = wait(signed_in).headers["HX-PTag"]
    store.client.flushdb()
    answer = wait(signed_in, tag)
    assert (answer.status_code, is_quick(answer)) == (304, False)
