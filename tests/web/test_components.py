"""What the components say: figures, states, tables, forms, and the rules every template keeps."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2_fragments import render_block

from app.web.view_models import (
    Action,
    Cell,
    Column,
    Condition,
    FormField,
    FormView,
    Link,
    PairingCode,
    Phrase,
    Picker,
    Poll,
    Progress,
    Row,
    Signal,
    TableView,
    Tile,
    Widget,
    flow_segments,
)
from tests.web.gallery import ROOT, environment, pages
from tests.web.samples import clinic, explain, wall, work
from tests.web.samples.shell import shell

JINJA = environment()
WAIT = Tile(
    "Wait to be seen",
    "11",
    "min",
    change=Phrase("2 min longer", "than last Thu"),
    target="Target ≤ 15 min: met",
    signal=Signal("common", "No significant change"),
    count_note="69 of 70 timed",
    time_note="16:12",
    explain_url="/explain/wait",
)


def macro(module: str, name: str, *arguments: object) -> str:
    return str(getattr(JINJA.get_template(f"components/{module}.html").module, name)(*arguments))


def card(body: object = WAIT, **changes: object) -> str:
    widget = Widget("wait", "tile", "Wait to be seen", body, 3, Poll("/w/wait", 30, "v7"))
    return macro("widget", "widget_card", replace(widget, **changes))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


@pytest.fixture(scope="module")
def gallery() -> dict[str, str]:
    return {name: JINJA.get_template(template).render(**context) for name, template, context in pages()}


def test_a_tile_shows_value_change_target_count_and_time() -> None:
    said = words(card())
    assert said == (
        "Wait to be seen 11 min 2 min longer than last Thu Target ≤ 15 min: met No significant change 69 of 70 "
        "timed 16:12"
    )


def test_a_tile_links_to_its_explanation_by_name() -> None:
    assert 'href="/explain/wait"' in card()
    assert 'aria-label="Explain: Wait to be seen"' in card()


def test_a_card_polls_for_itself_with_its_version() -> None:
    html = card()
    assert 'hx-get="/w/wait"' in html
    assert 'hx-ptag="v7"' in html
    assert 'data-poll="30"' in html
    assert 'hx-trigger="poll"' in html


def test_a_card_without_a_poll_asks_for_nothing() -> None:
    assert "hx-" not in card(poll=None)


def test_a_stale_tile_keeps_its_value_and_says_how_old_it_is() -> None:
    html = card(condition=Condition("stale", "3 h 12 min old"))
    assert "late" in html
    assert "11" in words(html)
    assert "3 h 12 min old" in words(html)


def test_a_stale_tile_claims_no_signal() -> None:
    assert "No significant change" not in card(condition=Condition("stale", "3 h 12 min old"))


@pytest.mark.parametrize(("state", "said"), [("suppressed", "Too few to show"), ("not_recorded", "Not recorded")])
def test_a_tile_without_a_value_says_why_and_shows_no_number(state: str, said: str) -> None:
    html = card(replace(WAIT, value="", unit="", change=None), condition=Condition(state, said))
    assert said in words(html)
    assert 'class="value"' not in html
    assert "spark" not in html


def test_a_failed_card_says_what_is_shown_and_names_the_request() -> None:
    html = card(None, condition=Condition("error", "Could not read billing.", "Shown: 13:00.", request_id="req-1"))
    assert "failed" in html
    assert "Could not read billing. Shown: 13:00. Request req-1" in words(html)


def test_an_empty_card_keeps_its_heading_and_offers_what_can_be_done() -> None:
    html = card(None, condition=Condition("empty", "No calls today.", link=Link("Plan calls", "/plan")))
    assert words(html) == "Wait to be seen No calls today. Plan calls"


def test_flow_segments_are_in_true_proportion() -> None:
    segments = flow_segments((("done", "done", 3), ("wait", "waiting", 1)))
    assert [(s.start, s.share) for s in segments] == [(0.0, 0.75), (0.75, 0.25)]


def test_a_day_without_appointments_has_no_bar() -> None:
    assert [s.share for s in flow_segments((("done", "done", 0), ("wait", "waiting", 0)))] == [0.0, 0.0]
    assert "<rect" not in macro("flow", "bar", flow_segments((("done", "done", 0),)))


def test_a_table_names_itself_sorts_by_links_and_sets_figures_right() -> None:
    columns = (Column("Doctor", sort_url="?sort=name", sorted="ascending"), Column("Visits", "figures"))
    html = macro(
        "table",
        "table",
        TableView("Doctors", columns, (Row((Cell("Dr. Sample"), Cell("10"))), Row((Cell("All"), Cell("10")), "total"))),
    )
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=name"' in html
    assert '<td class="figures">10</td>' in html
    assert '<caption class="hush">Doctors</caption>' in html
    assert 'class="total"' in html


def test_a_table_without_rows_says_so() -> None:
    assert (
        words(macro("table", "table", TableView("Rejects", (Column("Line"),), (), "Nothing was rejected.")))
        == "Nothing was rejected."
    )


def test_a_head_without_a_label_still_has_a_name() -> None:
    view = TableView("Alerts", (Column("Alert"), Column("", "actions")), (Row((Cell("Late"), Cell())),))
    assert words(macro("table", "table", view)) == "Alerts Alert Actions Late"


def test_a_new_wall_shows_its_address_where_it_has_no_code() -> None:
    page = replace(work.walls_page(), pairing=PairingCode("Reception", "https://clinic.example/wall/w_1"))
    html = JINJA.get_template("walls/list.html").render(shell=shell("Walls"), page=page)
    assert "https://clinic.example/wall/w_1" in html
    assert "type this code" not in html


def test_text_from_people_is_inert() -> None:
    html = macro("table", "table", TableView("T", (Column("A"),), (Row((Cell('<img src=x hx-get="/x">'),)),)))
    assert "<img" not in html
    assert "&lt;img" in html


def test_an_action_that_changes_something_is_a_form_with_its_token() -> None:
    html = macro("action", "action", Action("Log contact", "/contact", fields=(("item", "7"),), about="with Demo"))
    assert 'method="post"' in html
    assert 'name="csrf_token" value="sample-token"' in html
    assert 'name="item" value="7"' in html


def test_an_action_that_only_shows_is_a_link() -> None:
    assert macro("action", "action", Action("Book", "/book", method="get")).startswith("<a ")


def test_a_wrong_field_is_marked_described_and_linked_on_top() -> None:
    html = macro(
        "form", "form", FormView("/t", "Save target", (FormField("target", "Target", error="Enter a number."),))
    )
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="field-target-error"' in html
    assert '<a href="#field-target">Target: Enter a number.</a>' in html


def test_a_password_never_comes_back_to_the_page() -> None:
    html = macro(
        "form", "form", FormView("/login", "Log in", (FormField("password", "Password", "password", "hunter2"),))
    )
    assert "hunter2" not in html


def test_progress_of_unknown_length_is_a_sentence() -> None:
    assert "<svg" not in macro("progress", "progress", Progress("Reading the file"))
    assert 'aria-valuenow="21"' in macro("progress", "progress", Progress("412 of 1,932 rows", 412 / 1932))


def test_a_single_choice_is_plain_text() -> None:
    assert "<details" not in macro(
        "pickers", "picker", Picker("Clinic", "Downtown", (Link("Downtown", "/c/1", current=True),))
    )


def test_one_widget_can_be_rendered_alone() -> None:
    widget = clinic.tiles()[0]
    html = render_block(JINJA, "dashboards/board.html", "widget", widget=widget)
    assert html.strip().startswith("<section")
    assert 'id="w-wait"' in html
    assert "<html" not in html


def test_a_wall_and_a_run_can_be_rendered_alone() -> None:
    assert render_block(JINJA, "dashboards/wall_clinic.html", "wall", page=wall.wall_page()).strip().startswith("<main")
    assert 'data-poll="2"' in render_block(JINJA, "imports/detail.html", "run", page=work.import_page())


def test_a_finished_run_no_longer_polls() -> None:
    html = render_block(JINJA, "imports/detail.html", "run", page=work.import_page(running=False))
    assert "data-poll" not in html
    assert "hx-trigger" not in html


def test_the_sums_of_the_sample_day_are_its_whole(gallery: dict[str, str]) -> None:
    assert sum(count for _, _, count in clinic.FLOW_PARTS) == 85
    assert "62 of 85 done" in gallery["clinic-light"]


def test_no_page_carries_styles_or_code_in_attributes(gallery: dict[str, str]) -> None:
    forbidden = re.compile(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|\sjs:|<script(?! src=)")
    assert [name for name, html in gallery.items() if forbidden.search(html)] == []


def test_the_clinic_page_stays_below_its_size(gallery: dict[str, str]) -> None:
    assert len(gallery["clinic-light"].encode()) < 150_000


def test_every_id_of_a_page_is_used_once(gallery: dict[str, str]) -> None:
    for name, html in gallery.items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name


def test_every_icon_that_is_named_exists(gallery: dict[str, str]) -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    used = {name for html in gallery.values() for name in re.findall(r"icons\.svg#([^\"]+)", html)}
    assert used - known == set()


def test_a_page_without_a_viewer_has_no_navigation() -> None:
    html = JINJA.get_template("error.html").render(page=work.error_pages()[2])
    assert "rail" not in html
    assert "No such page" in html


def test_a_wall_carries_no_money_and_no_doctor() -> None:
    html = JINJA.get_template("dashboards/wall_clinic.html").render(page=wall.wall_page())
    assert "$" not in words(html)
    assert "Dr." not in html
    assert "MC-" not in html


def test_the_current_page_is_marked_in_the_navigation() -> None:
    html = JINJA.get_template("metrics/list.html").render(shell=shell("Metrics"), page=explain.catalogue_page())
    assert re.search(r'href="/metrics" aria-current="page"', html)


@pytest.mark.parametrize("note", [ROOT / "static/js/VENDORED.md", ROOT / "static/fonts/README.md"])
def test_files_of_others_are_what_their_note_says(note: Path) -> None:
    listed = re.findall(r"\| `([\w.-]+)` \|.*`([0-9a-f]{64})`", note.read_text())
    assert len(listed) >= 2
    for name, checksum in listed:
        assert hashlib.sha256((note.parent / name).read_bytes()).hexdigest() == checksum, name
