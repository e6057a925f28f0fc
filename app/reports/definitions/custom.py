"""Custom: any figures of the catalogue by any dimensions that they allow, in any steps."""

from app.core.permissions import Permission
from app.reports.definition import EVERY_FILTER, Definition
from app.reports.questions.custom import Chosen

CUSTOM = Definition(
    key="custom",
    label="Custom",
    description="Any figures by any dimensions that they are recorded by, in days, weeks, months, quarters or years.",
    readers="Analysis",
    permission=Permission.CATALOGUE_READ,
    headline=(),
    questions=(Chosen(),),
    filters=EVERY_FILTER | {"departments", "payers"},
    is_open=True,
)
