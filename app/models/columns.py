"""Column types that recur: one short name for each."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Float,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import mapped_column

Str = Annotated[str, mapped_column(Text)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]
Money = Annotated[Decimal, mapped_column(Numeric(14, 2))]
Small = Annotated[int, mapped_column(SmallInteger)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
Ids = Annotated[list[UUID], mapped_column(ARRAY(PG_UUID(as_uuid=True)))]
Words = Annotated[list[str], mapped_column(ARRAY(Text))]
Amounts = Annotated[list[float], mapped_column(ARRAY(Float))]


def one_of(column: str, *values: str) -> CheckConstraint:
    """The named CHECK that stands in for an enumeration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
