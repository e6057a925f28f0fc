"""CMS139: screening for future fall risk."""

from app.quality import checks, exclusions
from app.quality.criteria import Age, AllOf, Exists
from app.quality.measure import Group, Measure
from app.quality.visits import OFFICE, REMOTE, visit

MEASURE = Measure(
    "CMS139",
    "FallsScreeningForFutureFallRiskFHIR",
    "Falls: screening for future fall risk",
    (
        Group(
            "Screened",
            AllOf(
                "Initial population",
                (
                    Age(65, at_start=True),
                    visit(
                        *OFFICE,
                        *REMOTE,
                        "annual_wellness_visit",
                        "home_healthcare",
                        "ophthalmological_services",
                        "preventive_individual_counseling",
                        "discharge_nursing_facility",
                        "nursing_facility_visit",
                        "long_term_residential_care",
                        "audiology_visit",
                        "physical_therapy_evaluation",
                        "occupational_therapy_evaluation",
                    ),
                ),
            ),
            Exists("Falls screening", "Observation", ("falls_screening",), (*checks.performed(), checks.within())),
            exclusions=exclusions.HOSPICE,
        ),
    ),
)
