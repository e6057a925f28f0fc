"""What the simulated organizations are made of: specialties, clinics, staffing, sizes. Data, no randomness."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Extra:
    """A service that is sometimes added to a visit; `device` names the kind of equipment it needs."""

    code: str
    name: str
    price: int  # cents
    chance: float
    device: str | None = None


@dataclass(frozen=True)
class Specialty:
    """A kind of department: how long its visits are, how far ahead people book, what it charges (cents)."""

    key: str
    name: str
    minutes: int
    lead_days: float  # median
    held: float  # share of slots kept for the same or next day
    pace: float  # mean visit length as a share of the planned one
    no_show: float  # log-odds added to the base
    price: int
    price_new: int
    children: bool
    winter: float  # how strongly winter and flu raise demand
    extras: tuple[Extra, ...]
    follow_ups: tuple[str, ...]


ECG = Extra("93000", "Electrocardiogram", 8500, 0.42, "ecg")
ECHO = Extra("93306", "Echocardiogram", 31000, 0.14, "ultrasound")
ULTRASOUND = Extra("76700", "Ultrasound, abdomen", 18500, 0.05, "ultrasound")
XRAY = Extra("71046", "X-ray, chest", 11000, 0.06, "xray")
BONE_XRAY = Extra("73630", "X-ray, limb", 9500, 0.13, "xray")
BLOOD = Extra("80053", "Blood panel", 4800, 0.17)
VACCINE = Extra("90471", "Vaccination", 3900, 0.15)
BIOPSY = Extra("11102", "Skin biopsy", 14500, 0.12)

CARDIOLOGY = Specialty(
    "CARD", "Cardiology", 30, 19, 0.10, 1.0, -0.22, 21500, 29500, False, 0.25, (ECG, ECHO, BLOOD),
    ("Heart failure review", "Warfarin blood test", "Repeat lipid panel", "Blood pressure check"),
)  # fmt: skip
GENERAL = Specialty(
    "GP", "General practice", 20, 10, 0.22, 0.95, 0.05, 11500, 16500, False, 0.9, (BLOOD, XRAY, VACCINE, ULTRASOUND),
    ("Diabetes 6-month check", "Repeat blood test", "Medication review", "Asthma review"),
)  # fmt: skip
PEDIATRICS = Specialty(
    "PED", "Pediatrics", 20, 9, 0.28, 0.93, -0.05, 10800, 15200, True, 1.2, (VACCINE, BLOOD),
    ("Growth check", "Vaccination due", "Asthma review", "Hearing test result"),
)  # fmt: skip
PHYSIOTHERAPY = Specialty(
    "PHYS", "Physiotherapy", 30, 8, 0.08, 0.9, 0.1, 8600, 12400, False, -0.1, (BONE_XRAY,),
    ("Wound check after surgery", "Mobility review", "End of therapy review"),
)  # fmt: skip
DERMATOLOGY = Specialty(
    "DERM", "Dermatology", 20, 23, 0.08, 0.92, 0.18, 14800, 19800, False, -0.15, (BIOPSY,),
    ("Biopsy result", "Mole check after 6 months", "Light therapy review"),
)  # fmt: skip


@dataclass(frozen=True)
class Team:
    """A department of a clinic: its doctors and the rooms it can use."""

    specialty: Specialty
    doctors: int
    rooms: int


Hours = tuple[int, int]  # minutes of the local day


@dataclass(frozen=True)
class ClinicPlan:
    """One clinic. `hours` by weekday (0 = Monday), None when closed; `slower` adds to visit length by the last day."""

    key: str
    name: str
    zone: str
    line: str
    city: str
    region: str
    postal_code: str
    phone: str
    established: str
    hours: tuple[Hours | None, ...]
    teams: tuple[Team, ...]
    patients: int
    devices: tuple[tuple[str, str], ...]  # (kind, name)
    country: str = "US"
    accreditation: str | None = None
    slower: float = 0.0
    held_up: str | None = None  # the specialty that runs late on the last day
    broken: str | None = None  # the device that is out of service
    hires: int = 0  # doctors (the last ones) who joined 14 months before the last day

    @property
    def doctors(self) -> int:
        """How many doctors work there."""
        return sum(team.doctors for team in self.teams)


@dataclass(frozen=True)
class Payer:
    """An insurer: its share of patients, what it pays of a charge, how fast, how often it denies at first."""

    name: str
    share: float
    allows: float
    lag_days: float
    denies: float
    rising: float = 0.0  # added to the denial rate during the last 90 days


@dataclass(frozen=True)
class OrganizationPlan:
    """One organization to simulate. `prefix` begins its record numbers."""

    slug: str
    name: str
    zone: str
    currency: str
    locale: str
    prefix: str
    mail: str
    clinics: tuple[ClinicPlan, ...]
    payers: tuple[Payer, ...]
    price_level: float = 1.0
    years: int = 3


def _hours(weekdays: Hours, saturday: Hours | None = None, sunday: Hours | None = None) -> tuple[Hours | None, ...]:
    return (*(weekdays,) * 5, saturday, sunday)


_H = 60
_DOWNTOWN = ClinicPlan(
    "C1", "Downtown Medical Center", "America/Chicago", "210 Sample Street", "Chicago", "IL", "60602",
    "+1 312 555 0100", "2015-03-01", _hours((7 * _H, 19 * _H), (9 * _H, 16 * _H), (10 * _H, 15 * _H)),
    (Team(CARDIOLOGY, 2, 3), Team(GENERAL, 3, 4), Team(PEDIATRICS, 1, 2), Team(PHYSIOTHERAPY, 1, 3),
     Team(DERMATOLOGY, 1, 3)),
    4800,
    (("ecg", "ECG 1"), ("ecg", "ECG 2"), ("ultrasound", "Ultrasound 1"), ("xray", "X-ray 1"), ("xray", "X-ray 2")),
    accreditation="JCI accredited", held_up="CARD", broken="X-ray 2",
)  # fmt: skip
_LAKESIDE = ClinicPlan(
    "C2", "Lakeside Family Clinic", "America/Chicago", "48 Harbor Road", "Evanston", "IL", "60201",
    "+1 847 555 0110", "2018-09-15", _hours((8 * _H, 18 * _H), (9 * _H, 13 * _H)),
    (Team(GENERAL, 3, 3), Team(PEDIATRICS, 1, 2), Team(DERMATOLOGY, 1, 2)),
    3000, (("ultrasound", "Ultrasound 1"), ("xray", "X-ray 1")), slower=0.16, hires=0,
)  # fmt: skip
_FOOTHILLS = ClinicPlan(
    "C3", "Foothills Health Center", "America/Denver", "1500 Mesa Avenue", "Denver", "CO", "80202",
    "+1 303 555 0120", "2019-05-06", _hours((8 * _H, 18 * _H), (9 * _H, 13 * _H)),
    (Team(GENERAL, 2, 3), Team(PEDIATRICS, 1, 2), Team(PHYSIOTHERAPY, 1, 2)),
    2400, (("ultrasound", "Ultrasound 1"), ("xray", "X-ray 1")), accreditation="AAAHC accredited",
)  # fmt: skip
_RIVERSIDE = ClinicPlan(
    "C4", "Riverside Heart and Movement", "America/Denver", "77 Canyon Lane", "Boulder", "CO", "80301",
    "+1 720 555 0130", "2021-02-01", _hours((8 * _H, 17 * _H)),
    (Team(CARDIOLOGY, 1, 2), Team(GENERAL, 1, 2), Team(PHYSIOTHERAPY, 1, 2)),
    1800, (("ecg", "ECG 1"), ("ultrasound", "Ultrasound 1")),
)  # fmt: skip
_MITTE = ClinicPlan(
    "B1", "Praxis Musterplatz", "Europe/Berlin", "Musterplatz 4", "Berlin", "BE", "10115",
    "+49 30 5550140", "2012-04-02", _hours((8 * _H, 18 * _H), (9 * _H, 13 * _H)),
    (Team(GENERAL, 1, 2), Team(CARDIOLOGY, 1, 2)),
    1000, (("ecg", "EKG 1"), ("ultrasound", "Sonographie 1")), country="DE",
)  # fmt: skip
_HARBOR = ClinicPlan(
    "B2", "Harbor Point Clinic", "America/New_York", "9 Pattern Pier", "Boston", "MA", "02110",
    "+1 617 555 0150", "2020-10-12", _hours((8 * _H, 17 * _H)),
    (Team(GENERAL, 1, 2),),
    500, (("xray", "X-ray 1"),), slower=0.1,
)  # fmt: skip

_PAYERS = (
    Payer("Demo Mutual", 0.31, 0.78, 19, 0.05),
    Payer("Sample Health Plan", 0.22, 0.74, 26, 0.075, rising=0.07),
    Payer("Fixture Public Plan", 0.18, 0.64, 15, 0.045),
    Payer("Example Care", 0.10, 0.81, 34, 0.10),
)
_DEMO = OrganizationPlan(
    "demo", "Demo Health Group", "America/Chicago", "USD", "en_US", "MC", "demo.mediconnect.example",
    (_DOWNTOWN, _LAKESIDE, _FOOTHILLS, _RIVERSIDE), _PAYERS,
)  # fmt: skip
_OTHER = OrganizationPlan(
    "other", "Other Health Partners", "Europe/Berlin", "EUR", "en_GB", "OP", "other.mediconnect.example",
    (_MITTE, _HARBOR), (Payer("Musterkasse", 0.72, 0.86, 24, 0.03), Payer("Prova Assicura", 0.14, 0.92, 12, 0.02)),
    price_level=0.62, years=1,
)  # fmt: skip

SIZES = ("normal", "large")
_TOWNS = (
    "",
    "Northgate",
    "Mill Creek",
    "Prairie",
    "Summit",
    "Oak Park",
    "Cedar Falls",
    "Redwood",
    "Bayview",
    "Granite",
)


def plans(size: str = "normal") -> tuple[OrganizationPlan, ...]:
    """The organizations of a size; `large` repeats the group's clinics in ten towns."""
    if size == "normal":
        return _DEMO, _OTHER
    towns = tuple(_in_town(clinic, number) for number in range(len(_TOWNS)) for clinic in _DEMO.clinics)
    return replace(_DEMO, clinics=towns), _OTHER


def _in_town(clinic: ClinicPlan, number: int) -> ClinicPlan:
    if not number:
        return clinic
    town = _TOWNS[number]
    return replace(
        clinic, key=f"{clinic.key}T{number}", name=f"{town} {clinic.name}", city=town, held_up=None, broken=None
    )
