"""Who the patients are, as counts: by standing, age, area and engagement, made anew each hour from all patients."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Str, one_of


class PopulationCount(TenantRow, Base):
    """How many patients of a home clinic are of one kind, and a sum over them where there is one.

    `standing`: active, dormant, at_risk, never (seen), leaving (at risk within 30 days unless they book), and what
    became of those who were leaving 30 days ago: left, stayed. `age`: a band, `area`: a postal area, both with the
    completed visits of the last year as `total`. `engagement`: now and before (90 days ago), with the sum of scores and
    of their squares, and top, the upper quartile.
    """

    __tablename__ = "population_counts"
    __table_args__ = (
        UniqueConstraint("organization_id", "clinic_id", "kind", "member"),
        one_of("kind", "standing", "age", "area", "engagement"),
        *refs(clinic_id="clinics"),
    )

    clinic_id: Mapped[UUID | None]
    kind: Mapped[Str]
    member: Mapped[Str]
    patients: Mapped[int]
    total: Mapped[Decimal | None]
    squares: Mapped[Decimal | None]
    made_at: Mapped[Instant]
