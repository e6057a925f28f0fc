"""What a demo organization pays for MediConnect, and what its people have asked the support."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import select

from app.core.tenancy import tenant_scope
from app.demo.blueprint import OrganizationPlan
from app.extensions import db
from app.models import Subscription, SupportTicket

_DAYS = 75
_FEE = Decimal(290)  # a clinic and month
_RISE = Decimal("0.92")  # what the fee was before the last year, as a share
_ASKED = (
    ("password", 30, "I cannot log in any more."),
    ("scheduling", 14, "A slot shows as free that is taken."),
    ("figures", 11, "Why does this week's figure differ from last Friday's report?"),
    ("import", 9, "Some rows of our file were rejected."),
    ("billing", 8, "An invoice has two reminders."),
    ("other", 6, "Can the wall show two clinics?"),
)


def ensure_desk(plan: OrganizationPlan, organization_id: UUID, now: datetime, seed: int) -> int:
    """Makes subscription and tickets where the organization has none; how many rows. Commits."""
    with tenant_scope(organization_id):
        known = select(Subscription.id).where(Subscription.organization_id == organization_id).limit(1)
        if db.session.scalar(known) is not None:
            return 0
        tickets = [_ticket(organization_id, plan.slug, place, now, seed) for place in range(8 + 11 * len(plan.clinics))]
        rows = [*_subscriptions(plan, now), *tickets]
        db.session.add_all(rows)
        db.session.commit()
    return len(rows)


def _subscriptions(plan: OrganizationPlan, now: datetime) -> list[Subscription]:
    fee = _FEE * len(plan.clinics)
    change, first = now.date() - timedelta(days=200), now.date() - timedelta(days=365 * plan.years)
    before = Subscription(
        plan="Group", currency="USD", monthly_fee=fee * _RISE, fee_rate=Decimal("0.0065"), started_on=first,
        ended_on=change - timedelta(days=1),
    )  # fmt: skip
    return [
        before,
        Subscription(plan="Group", currency="USD", monthly_fee=fee, fee_rate=Decimal("0.0065"), started_on=change),
    ]


def _ticket(organization_id: UUID, slug: str, place: int, now: datetime, seed: int) -> SupportTicket:
    rng = Random(f"{seed}/{slug}/{place}")
    opened = now - timedelta(minutes=rng.randrange(20, _DAYS * 1440))
    kind, _, words = rng.choices(_ASKED, [weight for _, weight, _ in _ASKED])[0]
    took = timedelta(minutes=int(rng.lognormvariate(5.2, 1.1)))
    state = "resolved" if opened + took <= now else rng.choice(("open", "in_progress"))
    ticket = SupportTicket(
        organization_id=organization_id, kind=kind, status=state, opened_at=opened,
        resolved_at=opened + took if state == "resolved" else None,
    )  # fmt: skip
    ticket.id = UUID(int=rng.getrandbits(128), version=4)
    ticket.text = words
    return ticket
