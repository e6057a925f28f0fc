"""The clinic's wall at the same minute as its dashboard."""

from __future__ import annotations

from dataclasses import replace

from app.web.view_models import Poll, StaleFigure, WallBar, WallLine, WallPage, WallPanel, flow_segments
from tests.web.samples.shell import NOW

WAITS = (
    ("Cardiology", 14, 15),
    ("Pediatrics", 12, 15),
    ("General practice", 9, 15),
    ("Dermatology", 8, 15),
    ("Physiotherapy", 6, 10),
)


def wall_page(theme: str = "dark", small: bool = False) -> WallPage:
    parts = (
        ("done", "Done", 62),
        ("room", "In a room", 8),
        ("wait", "Waiting", 4),
        ("later", "To come", 2),
        ("cancel", "Not coming", 9),
    )
    waits = WallPanel(
        "figure",
        "Wait to be seen",
        value="11",
        unit="min",
        lines=(WallLine("15 or less", "median, target"), WallLine("23 min", "longest now")),
        stale=StaleFigure("3", "Imaging queue", "as of 15:40"),
    )
    rooms = WallPanel(
        "rooms", "Rooms in use", value="8", unit="of 15", taken=8, whole=15, lines=(WallLine("7", after="free"),)
    )
    bars = tuple(WallBar(name, str(median), median / 20, target / 20) for name, median, target in WAITS)
    return WallPage(
        "Downtown Medical Center",
        "Thursday 19 November",
        "16:12",
        "CST",
        -360,
        NOW,
        flow_segments(parts),
        85,
        (waits, rooms, WallPanel("bars", "Wait by department", "min, line is the target", bars=bars)),
        "16:12 CST",
        ("Imaging is 32 min old",),
        "Clinic flow",
        2,
        4,
        Poll("/walls/w1/clinic", 30, "v41872"),
        "/walls/w1/3",
        "/walls/w1/1",
        30,
        theme,
        small,
    )


def late_wall() -> WallPage:
    """Rooms stopped reporting, waits are not recorded."""
    page = wall_page("light")
    waits, rooms, bars = page.panels
    return replace(
        page,
        panels=(
            replace(waits, value="", missing="Not recorded", lines=(), stale=None),
            replace(rooms, stale_words="as of 14:02"),
            bars,
        ),
    )
