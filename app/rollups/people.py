"""Who the patients of records are: age on the day and sex, as dimensions that only records can answer."""

from collections.abc import Mapping

from sqlalchemy import Integer, case, cast, func, select

from app.models.patients import Patient
from app.rollups.family import Column

AGES = ("0 to 17", "18 to 34", "35 to 49", "50 to 64", "65 to 79", "80 and over")
_ENDS = (18, 35, 50, 65, 80)


def demographics(organization: Column, patient: Column, day: Column) -> Mapping[str, Column]:
    """The dimensions `age_band` (whole years on the record's day) and `sex`; none where no patient is named."""

    def of_patient(column: Column) -> Column:
        query = select(column).where(Patient.organization_id == organization, Patient.id == patient)
        return query.correlate_except(Patient).scalar_subquery()

    age = cast(func.extract("year", func.age(day, Patient.birth_date)), Integer)
    bands = case(
        (Patient.birth_date.is_(None), None),
        *((age < end, band) for end, band in zip(_ENDS, AGES, strict=False)),
        else_=AGES[-1],
    )
    return {"age_band": of_patient(bands), "sex": of_patient(Patient.sex)}
