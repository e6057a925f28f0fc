"""Exclusions that many measures share: hospice, palliative care, frailty with advanced illness, nursing homes."""

from datetime import datetime

from app.quality import checks
from app.quality.criteria import Age, AllOf, AnyOf, Case, Exists, Judged
from app.quality.record import Entry
from app.quality.visits import PERFORMED

YEAR_BEFORE = checks.from_back(years=1)

HOSPICE = AnyOf(
    "Hospice services during the period",
    (
        Exists(
            "Inpatient stay that ended with discharge to hospice",
            "Encounter",
            ("encounter_inpatient",),
            (
                PERFORMED,
                checks.discharged_to("discharge_home_hospice", "discharge_facility_hospice"),
                checks.ends_within(),
            ),
        ),
        Exists("Hospice encounter", "Encounter", ("hospice_encounter",), (PERFORMED, checks.overlapping())),
        Exists(
            "Assessment that says hospice care is given",
            "Observation",
            ("hospice_care_mds",),
            (*checks.performed(), checks.answered("yes", "answered with yes"), checks.overlapping()),
        ),
        Exists(
            "Hospice care ordered",
            "ServiceRequest",
            ("hospice_care_ambulatory",),
            (checks.ordered(), checks.authored_within()),
        ),
        Exists(
            "Hospice care given",
            "Procedure",
            ("hospice_care_ambulatory",),
            (checks.status("completed"), checks.overlapping()),
        ),
        Exists("Hospice diagnosis", "Condition", ("hospice_diagnosis",), (checks.overlapping(),)),
    ),
)

PALLIATIVE = AnyOf(
    "Palliative care during the period",
    (
        Exists(
            "Palliative care assessment (FACIT-Pal)",
            "Observation",
            ("facit_pal",),
            (*checks.performed(), checks.overlapping()),
        ),
        Exists("Palliative care diagnosis", "Condition", ("palliative_diagnosis",), (checks.overlapping(),)),
        Exists("Palliative care encounter", "Encounter", ("palliative_encounter",), (PERFORMED, checks.overlapping())),
        Exists(
            "Palliative care intervention",
            "Procedure",
            ("palliative_intervention",),
            (checks.status("completed"), checks.overlapping()),
        ),
    ),
)

FRAILTY = AnyOf(
    "Frailty during the period",
    (
        Exists(
            "Frailty device ordered",
            "DeviceRequest",
            ("frailty_device",),
            (checks.ordered(), checks.authored_within()),
        ),
        Exists(
            "Frailty device in use",
            "Observation",
            ("medical_equipment_used",),
            (*checks.performed(), checks.answered("frailty_device", "of a frailty device"), checks.ends_within()),
        ),
        Exists("Frailty diagnosis", "Condition", ("frailty_diagnosis",), (checks.overlapping(),)),
        Exists("Frailty encounter", "Encounter", ("frailty_encounter",), (PERFORMED, checks.overlapping())),
        Exists(
            "Symptom of frailty",
            "Observation",
            ("frailty_symptom",),
            (checks.status("preliminary", *checks.DONE), checks.overlapping()),
        ),
    ),
)

ADVANCED_ILLNESS = AnyOf(
    "Advanced illness in the period or the year before",
    (
        Exists(
            "Diagnosis of advanced illness",
            "Condition",
            ("advanced_illness",),
            (checks.starts_within(YEAR_BEFORE, "begun in the period or the year before"),),
        ),
        Exists(
            "Dementia medication",
            "MedicationRequest",
            ("dementia_medications",),
            (checks.ordered("active"), checks.overlapping(YEAR_BEFORE, "supplied in the period or the year before")),
        ),
    ),
)

AGED_66_FRAIL_AND_ILL = AllOf(
    "Aged 66 or older with advanced illness and frailty", (Age(66), FRAILTY, ADVANCED_ILLNESS)
)
AGED_66_FRAIL_AND_ILL_OR_81_FRAIL = AnyOf(
    "Aged 66 to 80 with advanced illness and frailty, or 81 or older with frailty",
    (
        AllOf("Aged 66 to 80 with advanced illness and frailty", (Age(66, 80), FRAILTY, ADVANCED_ILLNESS)),
        AllOf("Aged 81 or older with frailty", (Age(81), FRAILTY)),
    ),
)

HOUSING = Exists("Housing status", "Observation", ("housing_status",), checks.performed())


def _lives_in_nursing_home(case: Case) -> tuple[bool, str, list[Entry]]:
    """The last housing status whose time ended by the end of the period."""
    known: list[tuple[datetime, Entry]] = [
        (each.span.end, each)
        for each in HOUSING.entries(case)
        if each.span and each.span.end and each.span.end.date() <= case.period.last
    ]
    if not known:
        return False, "no housing status", []
    moment, last = max(known, key=lambda found: found[0])
    return case.is_in(last.answers, "lives_in_nursing_home"), f"last recorded {moment:%Y-%m-%d}", [last]


NURSING_HOME = AllOf(
    "Aged 66 or older and living in a nursing home",
    (
        Age(66),
        Judged("Last housing status is a nursing home", _lives_in_nursing_home, "Observation", ("housing_status",)),
    ),
)
