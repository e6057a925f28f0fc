"""Imports, reports, walls, access log, account, sign-in and errors."""

from __future__ import annotations

from app.web.view_models import (
    AccountPage,
    Action,
    AuditPage,
    Cell,
    Column,
    Count,
    ErrorPage,
    FormField,
    FormView,
    ImportsPage,
    Link,
    LoginPage,
    OrganizationChoice,
    OrganizationPage,
    PairingCode,
    Poll,
    Progress,
    ReportsPage,
    ReportType,
    Row,
    RunPage,
    RunStep,
    TableView,
    WallRow,
    WallsPage,
)


def table(
    caption: str,
    heads: str,
    rows: tuple[tuple[str, ...], ...],
    figures: tuple[int, ...] = (),
    urls: str = "",
    **more: str,
) -> TableView:
    columns = tuple(
        Column(head, "figures" if i in figures else "text", spare=i > 3) for i, head in enumerate(heads.split("|"))
    )
    made = tuple(
        Row(tuple(Cell(text, url=f"{urls}/{n}" if urls and i == 0 else "") for i, text in enumerate(row)))
        for n, row in enumerate(rows, 1)
    )
    return TableView(caption, columns, made, **more)


def imports_page() -> ImportsPage:
    sources = table(
        "Sources",
        "Source|Kind|Last data|Due|State",
        (
            ("Practice system", "Cliniko", "19 Nov 16:12 CST", "every 15 min", "on time"),
            ("Billing", "CSV by SFTP", "19 Nov 13:00 CST", "hourly", "3 h late"),
            ("Survey", "FHIR Bundle", "19 Nov 06:00 CST", "daily", "on time"),
        ),
        urls="/imports/sources",
    )
    runs = table(
        "Imports",
        "File or source|Started, CST|Read|Stored|Unchanged|Rejected|State",
        (
            ("visits-2026-11.ndjson", "19 Nov 15:58", "1,932", "412", "1,509", "11", "completed"),
            ("Practice system", "19 Nov 15:45", "64", "9", "55", "0", "completed"),
            ("payments.csv", "19 Nov 13:00", "0", "0", "0", "0", "failed"),
        ),
        (2, 3, 4, 5),
        "/imports",
    )
    upload = FormView(
        "/imports",
        "Import file",
        (
            FormField("file", "File", "file", accept=".ndjson,.csv,.json,.gz", hint="Up to 200 MB, also gzipped"),
            FormField("source", "Source", "select", "1", options=(("1", "Practice system"), ("2", "Billing"))),
        ),
        upload=True,
    )
    return ImportsPage(upload, runs, sources, "3 sources, 1 late. Downtown Medical Center and Riverside Clinic")


def import_page(running: bool = True) -> RunPage:
    rejects = table(
        "Rejected rows",
        "Line|Record|Field|Reason",
        (
            ("118", "Appointment 7431", "end", "ends before it starts"),
            ("402", "Appointment 7698", "status", "unknown status “maybe”"),
            ("731", "Appointment 8002", "practitioner", "no practitioner has this identifier"),
        ),
        (0,),
        page_words="1 to 3 of 11",
        later="?page=2",
    )
    words = "412 of 1,932 rows, about 20 s left" if running else ""
    return RunPage(
        "visits-2026-11.ndjson",
        "Practice system, Downtown Medical Center",
        (Link("Sources and imports", "/imports"),),
        "running" if running else "completed",
        "Running" if running else "Completed in 28 s",
        Progress(words, 412 / 1932) if running else None,
        (
            RunStep("Read the file", "over", "3.1 MB"),
            RunStep("Check and store rows", "now" if running else "over"),
            RunStep("Refresh the figures of 31 days", "ahead" if running else "over"),
        ),
        (
            Count("read", "412" if running else "1,932"),
            Count("stored", "88" if running else "412"),
            Count("unchanged", "321" if running else "1,509"),
            Count("rejected", "3" if running else "11"),
        ),
        (
            ("Started", "Thu 19 Nov 2026 15:58 CST"),
            ("By", "Clinic manager"),
            ("Checksum", "sha256 9f2c…a41b"),
            ("Mapping", "FHIR Appointment, version 4"),
        ),
        () if running else (Link("Rejected rows as CSV", "/imports/1/rejects.csv"),),
        (Action("Cancel import", "/imports/1/cancel"),) if running else (),
        rejects=rejects,
        rejects_url="/imports/1/rejects.csv",
        poll=Poll("/imports/1", 2, "412") if running else None,
    )


def report_page(state: str = "completed") -> RunPage:
    over = state == "completed"
    return RunPage(
        "Clinic month, October 2026",
        "Downtown Medical Center, all departments",
        (Link("Reports", "/reports"),),
        "completed" if over else "failed",
        "Completed in 6 s" if over else "Failed after 60 s",
        None,
        (
            RunStep("Figures", "over", "9 metrics"),
            RunStep("Pages", "over" if over else "now", "3 pages" if over else ""),
            RunStep("Store", "over" if over else "ahead"),
        ),
        (),
        (
            ("Asked for", "Mon 2 Nov 2026 05:30 CST"),
            ("By", "Schedule “Monthly to admin”"),
            ("As of", "Mon 2 Nov 2026 05:30 CST"),
            ("Kept until", "2 Nov 2027"),
        ),
        (Link("PDF, 41 kB", "/reports/1/pdf"), Link("XLSX", "/reports/1/xlsx"), Link("CSV", "/reports/1/csv"))
        if over
        else (),
        () if over else (Action("Try again", "/reports/1/retry", "refresh-cw", tone="primary"),),
        "" if over else "The pages took longer than 60 s. Nothing was sent.",
        "" if over else "req-51ce02",
    )


def reports_page() -> ReportsPage:
    types = tuple(
        ReportType(key, label, text, "PDF, XLSX, CSV", Link("New report", f"/reports?type={key}"))
        for key, label, text in (
            (
                "clinic",
                "Clinic month",
                "Visits, waits, no-shows and money of one clinic, with signals valid on its date.",
            ),
            ("billing", "Billing and aging", "Billed, collected and owed by age, payer and doctor."),
            ("quality", "Data quality", "What is missing in the records, ranked by the figures it distorts."),
        )
    )
    runs = table(
        "Latest runs",
        "Report|Period|Made, CST|State|For",
        (
            ("Clinic month", "October 2026", "2 Nov 05:30", "completed", "monthly by mail"),
            ("Billing and aging", "October 2026", "2 Nov 05:31", "failed", "monthly by mail"),
        ),
        urls="/reports",
    )
    links = (Link("Schedules", "/reports/schedules", "calendar"),)
    return ReportsPage((("Running the clinic", types),), runs, "3 report types", links)


def walls_page() -> WallsPage:
    def row(name: str, shows: str, seen: str, state: str) -> WallRow:
        return WallRow(
            name,
            "Downtown Medical Center",
            shows,
            seen,
            state,
            Link("Open", "/walls/1"),
            Action("Revoke", "/walls/1/revoke", tone="danger"),
        )

    form = FormView(
        "/walls",
        "Make wall",
        (
            FormField("name", "Name", hint="Where it hangs: “Corridor, first floor”"),
            FormField("clinic", "Clinic", "select", "1", options=(("1", "Downtown Medical Center"),)),
            FormField("small", "Small screen", "checkbox", hint="Larger text, two panels"),
        ),
    )
    return WallsPage(
        (
            row("Corridor, ground floor", "Clinic flow, waits, rooms", "live, 16:12", "live"),
            row("Staff room", "Clinic flow", "silent since 14:02", "silent"),
        ),
        form,
        "2 screens, 1 silent. A wall shows no patient, no money, no clinician's figures.",
        PairingCode("Reception", "mediconnect.example/wall", "K7QF-2M9D", "16:27 CST"),
    )


def audit_page() -> AuditPage:
    entries = table(
        "Access log",
        "When, CST|Who|Did what|To what|From|Why",
        (
            (
                "Thu 19 Nov 16:11",
                "Clinic manager",
                "opened rows",
                "No-show rate, week of 9 Nov",
                "10.0.4.17",
                "explanation",
            ),
            ("Thu 19 Nov 16:02", "Dr. Example", "opened record", "MC-004417", "10.0.4.22", "own patient"),
            ("Thu 19 Nov 15:58", "Clinic manager", "imported", "visits-2026-11.ndjson", "10.0.4.17", ""),
        ),
        page_words="1 to 3 of 12,408",
        later="?before=12405",
    )
    form = FormView(
        "/audit",
        "Show",
        (
            FormField("who", "Who", optional=True),
            FormField("start", "From", "date", "2026-11-01"),
            FormField("end", "To", "date", "2026-11-19"),
        ),
        method="get",
        row=True,
    )
    return AuditPage(
        "Who saw and changed what, in Demo Health Group",
        "12,408 entries, checked now: none was changed, none is missing.",
        False,
        form,
        entries,
        "/audit.csv",
    )


def login_page(wrong: bool = False) -> LoginPage:
    fields = (
        FormField(
            "email",
            "E-mail address",
            "email",
            "cora@demo.example" if wrong else "",
            autocomplete="username",
            autofocus=not wrong,
        ),
        FormField(
            "password",
            "Password",
            "password",
            autocomplete="current-password",
            error="Enter the password." if wrong else "",
        ),
        FormField(
            "otp",
            "Code",
            inputmode="numeric",
            autocomplete="one-time-code",
            hint="From your authenticator, if you use one",
            optional=True,
        ),
    )
    return LoginPage(
        "Demo Health Group",
        FormView("/login", "Log in", fields, error="Address, password or code is wrong." if wrong else ""),
        (Link("Forgotten password", "/reset"),),
    )


def organization_page() -> OrganizationPage:
    def choice(name: str, roles: str, clinics: str) -> OrganizationChoice:
        return OrganizationChoice(
            name,
            roles,
            clinics,
            Action("Open", "/organization", fields=(("organization", name),), tone="primary", about=name),
        )

    return OrganizationPage(
        "You work for two organizations.",
        (
            choice("Demo Health Group", "Clinic staff", "Downtown Medical Center, Riverside Clinic"),
            choice("Other Health Group", "Analyst", "All clinics, de-identified"),
        ),
    )


def account_page() -> AccountPage:
    fields = (
        FormField("current", "Current password", "password", autocomplete="current-password"),
        FormField(
            "new",
            "New password",
            "password",
            autocomplete="new-password",
            hint="At least 12 characters",
            error="This one is among the most guessed.",
        ),
    )
    sessions = TableView(
        "Where you are logged in",
        (Column("Browser"), Column("From", spare=True), Column("Last seen"), Column("", "actions")),
        (
            Row((Cell("Chromium on Linux", "this one"), Cell("10.0.4.17"), Cell("16:12 CST"), Cell())),
            Row(
                (
                    Cell("Safari on iPad"),
                    Cell("10.0.4.88"),
                    Cell("Tue 17 Nov"),
                    Cell(actions=(Action("End", "/account/sessions/2/end", about="session on iPad"),)),
                )
            ),
        ),
    )
    tokens = TableView(
        "API tokens",
        (Column("Name"), Column("May"), Column("Last used", spare=True), Column("", "actions")),
        (
            Row(
                (
                    Cell("Nightly feed"),
                    Cell("read operational metrics"),
                    Cell("today 02:00"),
                    Cell(actions=(Action("Revoke", "/account/tokens/1/revoke", tone="danger", about="Nightly feed"),)),
                )
            ),
        ),
    )
    return AccountPage(
        (
            ("Name", "Cora Manager"),
            ("E-mail", "cora@demo.example"),
            ("Roles", "Clinic staff in Demo Health Group"),
            ("Second factor", "Authenticator, since 3 Mar 2026"),
        ),
        FormView("/account/password", "Change password", fields),
        sessions,
        tokens,
        FormView("/account/tokens", "Make token", (FormField("token-name", "Name"),), row=True),
        "mc_live_3fQ9…example",
    )


ERRORS = (
    (401, "Log in to go on", "This page needs a login.", "What you wrote in forms is not kept."),
    (403, "Not open to your role", "Clinic staff cannot change targets.", "An organization admin can."),
    (
        404,
        "No such page",
        "It may have moved, or it belongs to another organization.",
        "Use the search, or go to the dashboard.",
    ),
    (422, "Some values cannot be used", "“to” is before “from”.", "Go back and choose another range."),
    (429, "Too many tries", "Log-in is closed for 2 minutes.", "Then it works again by itself."),
    (
        500,
        "Something broke here",
        "The page could not be made.",
        "It is logged; nothing was changed. Other pages work.",
    ),
    (
        503,
        "The database does not answer",
        "No figure can be shown.",
        "Walls keep their last figures. Try again in a minute.",
    ),
)


def error_pages() -> tuple[ErrorPage, ...]:
    return tuple(ErrorPage(*error, request_id="req-7f3a19", links=(Link("Dashboard", "/"),)) for error in ERRORS)
