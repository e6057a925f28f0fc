"""Who the patients are, as counts: by standing, age, area and engagement, made anew each hour from all patients."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Str, one_of

KINDS = ("standing", "leaving", "newcomer", "age", "area", "engagement", "engagement_before")


class PopulationCount(TenantRow, Base):
    """How many patients of a home clinic (None: without one) are of one kind.

    `standing`: active, dormant, at_risk, never (seen). `leaving`: now (at risk within 30 days unless they book), and
    what became of those who stood there 30 days ago: left, stayed. `newcomer`: first seen 180 to 545 days ago: returned
    within 180 days, lost. `age`: a band, `area`: a postal area, both with the visits of a year as `visits`.
    `engagement` and `engagement_before` (90 days ago): the score in tenths, so that means and quartiles add up.
    """

    __tablename__ = "population_counts"
    __table_args__ = (
        UniqueConstraint("organization_id", "clinic_id", "kind", "member", postgresql_nulls_not_distinct=True),
        one_of("kind", *KINDS),
        *refs(clinic_id="clinics"),
    )

    clinic_id: Mapped[UUID | None]
    kind: Mapped[Str]
    member: Mapped[Str]
    patients: Mapped[int]
    visits: Mapped[Decimal | None]
    made_at: Mapped[Instant]
