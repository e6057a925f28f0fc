"""The billing dashboard: what it asks, and the bills to chase that it lists."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from app.core.actor import Actor
from app.core.period import Period, Span, period_of
from app.core.permissions import Role
from app.insights.rules import is_about_money
from app.models import Alert, Clinic, Organization
from app.services.dashboards import chase, readings
from app.services.dashboards.readings import WEEKS, Ask, Filters, Reading, local_today
from app.services.dashboards.revenue_outlook import Projection, project, year_before
from app.services.reports.report_shelf import Shelved, shelf

TILES = (
    "revenue.collected",
    "receivables.outstanding",
    "receivables.overdue",
    "receivables.over_90_share",
    "revenue.net_collection_rate",
    "payments.collection_days",
    "claims.denial_rate",
    "payments.success_rate",
)
AGING = (
    "receivables.aging_0_30",
    "receivables.aging_31_60",
    "receivables.aging_61_90",
    "receivables.aging_91_120",
    "receivables.aging_over_120",
)
STANDING = (
    "receivables.outstanding",
    "receivables.overdue",
    "receivables.overdue_invoices",
    "receivables.drafts",
    "receivables.awaited",
    "receivables.paid_invoices",
    "receivables.cancelled_invoices",
    "receivables.days_in_ar",
    "receivables.credits",
    *AGING,
)
MONTH = (
    "revenue.collected",
    "revenue.payments",
    "revenue.net_collection_rate",
    "payments.collection_days",
    "payments.attempts",
    "payments.failed",
    "payments.failed_amount",
    "payments.success_rate",
    "payments.chargebacks",
    "payments.chargeback_amount",
    "revenue.automatic_rate",
    "revenue.sent_automatic_rate",
    "payments.reminder_rate",
    "payments.reminders",
    "payments.plan_on_time_rate",
)
ACCOUNTS = (
    "payments.credit_accounts",
    "payments.credit_held",
    "payments.credit_average",
    "payments.credit_utilisation",
    "payments.active_plans",
    "payments.plan_amount",
    "payments.plan_default_rate",
)
CLAIMS = (
    "claims.submitted",
    "claims.approved",
    "claims.denied",
    "claims.approval_rate",
    "claims.denial_rate",
    "claims.processing_days",
    "claims.pending",
    "claims.pending_amount",
)
METHODS = ("revenue.collected", "revenue.payments", "payments.attempts", "payments.success_rate")
PAYERS = ("claims.submitted", "claims.denial_rate", "claims.processing_days", "claims.denied")
TREND_WEEKS = 12


@dataclass(frozen=True)
class BillingDashboard(Reading):
    """The money of a clinic, of all the viewer's clinics, or of a doctor's own work.

    `asks_again`: the page asks by itself, nobody has opened it just now.
    """

    asks_again: bool = False

    @cached_property
    def chased(self) -> chase.Chase:
        """The bills to chase; audited."""
        return chase.to_chase(self.actor, self.filters, self.today, self.asks_again)

    @cached_property
    def alerts(self) -> list[Alert]:
        """The open episodes about money."""
        return [alert for alert in self.place_alerts if is_about_money(alert)]

    @cached_property
    def reports(self) -> tuple[Shelved, ...]:
        """The reports that the viewer may read."""
        return shelf(self.actor)

    @property
    def projection(self) -> Projection | None:
        """Where this year's collected money may end."""
        year, trend = self.get("year", "revenue.collected"), self.get("trend", "revenue.collected")
        if year is None or trend is None:
            return None
        left = (self.answers["year"].period.end - self.today).days - 1
        return project(year.value, trend.series, left)


def own_work(actor: Actor) -> Filters:
    """A doctor without a wider role sees the money of their own work alone."""
    if Role.DOCTOR in actor.roles and not actor.roles & {Role.ADMIN, Role.BILLING_STAFF}:
        return {"practitioner": (actor.practitioner_id,)}
    return {}


def read(
    actor: Actor, organization: Organization, clinic: Clinic | None, period: Period, asks_again: bool = False
) -> BillingDashboard:
    """Asks everything."""
    asked = questions(period, local_today(organization, clinic), organization.week_start)
    own = own_work(actor)
    return readings.read(BillingDashboard, actor, organization, clinic, period, asked, own, asks_again=asks_again)


def questions(period: Period, today: date, week_start: int) -> list[Ask]:
    """Everything that the billing dashboard asks."""
    day, this_week = period_of(Span.DAY, today), period_of(Span.WEEK, today, week_start)
    month, year = period_of(Span.MONTH, today), period_of(Span.YEAR, today)
    collected = ("revenue.collected",)
    return [
        Ask("now", TILES, period, compare=True),
        Ask("trend", TILES, Period(this_week.start - timedelta(weeks=WEEKS), this_week.end), step=Span.WEEK),
        Ask("day", (*collected, "revenue.payments"), day),
        Ask("week", collected, this_week, compare=True),
        Ask("month", MONTH, month, compare=True),
        Ask("year", collected, year),
        Ask("last year, same part", collected, year_before(Period(year.start, day.end))),
        Ask("standing", STANDING, day),
        Ask("accounts", ACCOUNTS, day),
        Ask("claims", CLAIMS, month, compare=True),
        Ask("methods", METHODS, month, by=("method",)),
        Ask("failures", ("payments.failed", "payments.failed_amount"), month, by=("failure",)),
        Ask("appeals", ("claims.denied",), Period(today - timedelta(days=chase.APPEAL_DAYS), day.end)),
        Ask("payers", PAYERS, month, by=("payer",)),
        Ask("denial codes", ("claims.denied",), month, by=("denial_code",)),
        Ask(
            "weeks",
            ("revenue.invoiced", "revenue.collected"),
            Period(this_week.start - timedelta(weeks=TREND_WEEKS - 1), this_week.end),
            step=Span.WEEK,
        ),
    ]
