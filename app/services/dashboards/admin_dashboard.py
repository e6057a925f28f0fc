"""The admin dashboard: the overview as a reading, of an organization for its admin or of the whole installation."""

from dataclasses import dataclass
from functools import cached_property

from app.core.actor import Actor
from app.core.period import Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.frame import Frame, load
from app.models import Alert, CalendarEvent, Organization
from app.models.settings import Rules
from app.services.dashboards import admin_overview
from app.services.dashboards.admin_overview import AdminOverview
from app.services.dashboards.readings import NO_FILTERS, Reading, local_today


@dataclass(frozen=True)
class AdminDashboard(Reading):
    """How everything is, for who answers for it. For the installation nothing of an organization is asked."""

    overview: AdminOverview

    @property
    def of_installation(self) -> bool:
        """Is the whole installation shown, and not one organization?"""
        return self.overview.of_installation

    @cached_property
    def events(self) -> tuple[CalendarEvent, ...]:
        """The event log of the organization; the installation has none."""
        return () if self.actor.is_of_installation else super().events

    @cached_property
    def alerts(self) -> list[Alert]:
        """The open episodes of the organization's clinics."""
        return [] if self.actor.is_of_installation else super().alerts

    @property
    def loading(self) -> str:
        """What is said while imports of the organization are under way."""
        return "" if self.actor.is_of_installation else super().loading


def read(actor: Actor, organization: Organization) -> AdminDashboard:
    """Asks everything, as it is now."""
    overview = admin_overview.read(actor)
    today = period_of(Span.DAY, local_today(organization))
    return AdminDashboard(actor, organization, None, NO_FILTERS, today, overview.as_of, _frame(actor), {}, overview)


def _frame(actor: Actor) -> Frame:
    if actor.is_of_installation:
        return Frame(actor.organization_id, "UTC", 0, Rules(), (), {}, {}, {}, {})
    with tenant_scope(actor.organization_id):
        return load(db.session(), actor.organization_id)
