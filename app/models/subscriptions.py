"""What an organization pays for MediConnect, and what it asks its support."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Money, Sealed, Str, one_of
from app.models.keyring import sealed

TICKET_KINDS = ("password", "scheduling", "billing", "import", "figures", "other")


class Subscription(TenantRow, Base):
    """A plan from a day on: a monthly fee, and a share of the card payments that were processed."""

    __tablename__ = "subscriptions"
    __table_args__ = (*refs(), Index(None, "organization_id", "started_on"))

    plan: Mapped[Str]
    currency: Mapped[Str]  # ISO 4217, of whoever runs the installation
    monthly_fee: Mapped[Money]
    fee_rate: Mapped[Decimal] = mapped_column(Numeric(6, 5), default=Decimal(0))
    started_on: Mapped[Day]
    ended_on: Mapped[Day | None]


class SupportTicket(TenantRow, Base):
    """A question or fault that a person of the organization reported; its text is sealed."""

    __tablename__ = "support_tickets"
    __table_args__ = (
        one_of("kind", *TICKET_KINDS),
        one_of("status", "open", "in_progress", "resolved"),
        *refs(),
        Index(None, "organization_id", "opened_at"),
    )

    kind: Mapped[Str]
    status: Mapped[Str]
    opened_by: Mapped[UUID | None]  # a user
    opened_at: Mapped[Instant]
    resolved_at: Mapped[Instant | None]
    text_sealed: Mapped[Sealed | None]

    text = sealed()
