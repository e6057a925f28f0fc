"""The frame round a page, for a clinic manager."""

from __future__ import annotations

from app.web.view_models import Freshness, Link, NavGroup, Picker, Shell, Viewer

NOW = 1795126320  # Thu 19 Nov 2026 16:12 at the clinic, UTC-6
FRESH = Freshness("16:12", "CST", -360, NOW, late=("Billing 13:00, 3 h late",))


def shell(current: str = "Clinic", theme: str = "", organizations: int = 2) -> Shell:
    def item(label: str, icon: str, count: int | None = None) -> Link:
        return Link(label, f"/{label.lower().replace(' ', '-')}", icon, label == current, count)

    names = ("Demo Health Group", "Other Health Group")[:organizations]
    return Shell(
        viewer=Viewer("Cora Manager", "CM", "Clinic manager"),
        nav=(
            NavGroup(
                "Today",
                (
                    item("Clinic", "layout-dashboard"),
                    item("Doctors", "stethoscope"),
                    item("Worklists", "list-checks", 31),
                    item("Billing", "receipt"),
                ),
            ),
            NavGroup(
                "Understand",
                (item("Insights", "lightbulb", 3), item("Query builder", "sigma"), item("Metrics", "book-open")),
            ),
            NavGroup(
                "Share", (item("Reports", "file-text"), item("Dashboards", "layout-grid"), item("Walls", "monitor"))
            ),
            NavGroup("Data", (item("Sources", "database"), item("Event log", "flag"), item("Access log", "users"))),
        ),
        organization=Picker(
            "Organization", names[0], tuple(Link(n, f"/organization/{i}", current=i == 0) for i, n in enumerate(names))
        ),
        clinic=Picker(
            "Clinic",
            "Downtown Medical Center",
            (Link("Downtown Medical Center", "/clinics/1", current=True), Link("Riverside Clinic", "/clinics/2")),
        ),
        search_url="/search",
        alerts_url="/alerts",
        open_alerts=4,
        theme=theme,
        theme_url="/account/theme",
    )
