"""What patients of the simulation may have, what is measured and prescribed for it. Data, no randomness."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drug:
    """A medication: RxNorm code, name, doses a day and their times."""

    code: str
    name: str
    times: tuple[str, ...]


@dataclass(frozen=True)
class Illness:
    """A chronic condition. `ages`: the age from which it occurs and its share at 75, growing evenly between."""

    key: str
    code: str
    name: str
    ages: tuple[int, float]
    drugs: tuple[Drug, ...]


LISINOPRIL = Drug("314076", "lisinopril 10 MG Oral Tablet", ("08:00",))
AMLODIPINE = Drug("197361", "amlodipine 5 MG Oral Tablet", ("08:00",))
METFORMIN = Drug("861007", "metformin hydrochloride 500 MG Oral Tablet", ("08:00", "19:00"))
SIMVASTATIN = Drug("314231", "simvastatin 10 MG Oral Tablet", ("21:00",))
WARFARIN = Drug("855332", "warfarin sodium 5 MG Oral Tablet", ("18:00",))
ASPIRIN = Drug("243670", "aspirin 81 MG Oral Tablet", ("08:00",))
SPIRONOLACTONE = Drug("313096", "spironolactone 25 MG Oral Tablet", ("08:00",))
SERTRALINE = Drug("312941", "sertraline 50 MG Oral Tablet", ("08:00",))
LEVOTHYROXINE = Drug("966224", "levothyroxine sodium 0.05 MG Oral Tablet", ("07:00",))

ILLNESSES = (
    Illness("hypertension", "59621000", "Essential hypertension", (30, 0.5), (LISINOPRIL, AMLODIPINE)),
    Illness("diabetes", "44054006", "Type 2 diabetes mellitus", (35, 0.2), (METFORMIN,)),
    Illness("hyperlipidemia", "55822004", "Hyperlipidemia", (35, 0.3), (SIMVASTATIN,)),
    Illness("atrial_fibrillation", "49436004", "Atrial fibrillation", (55, 0.12), (WARFARIN,)),
    Illness("depression", "370143000", "Major depressive disorder", (17, 0.12), (SERTRALINE,)),
    Illness("hypothyroidism", "40930008", "Hypothyroidism", (25, 0.1), (LEVOTHYROXINE,)),
)
# Taken beside the first by mistake or for lack of better, with the share of those who take the first.
BESIDES = ((WARFARIN, ASPIRIN, 0.12), (LISINOPRIL, SPIRONOLACTONE, 0.03))
ALLERGIES = (
    ("Penicillin", "Anaphylaxis", "medication", "high", "severe"),
    ("Sulfonamide", "Rash", "medication", "low", "moderate"),
    ("Peanut", "Swelling of the lips", "food", "high", "severe"),
    ("Birch pollen", "Sneezing", "environment", "low", "mild"),
    ("Latex", "Itching", "environment", "low", "moderate"),
)


@dataclass(frozen=True)
class Analyte:
    """A laboratory value: LOINC code, unit, mean and spread, and the range in which it is normal."""

    code: str
    name: str
    unit: str
    mean: float
    spread: float
    low: float
    high: float


HBA1C = Analyte("4548-4", "Hemoglobin A1c", "%", 7.1, 0.8, 4.0, 8.0)
LDL = Analyte("18262-6", "LDL cholesterol", "mg/dL", 112, 24, 40, 130)
CREATININE = Analyte("2160-0", "Creatinine", "mg/dL", 0.95, 0.16, 0.6, 1.3)
POTASSIUM = Analyte("6298-4", "Potassium", "mmol/L", 4.3, 0.38, 3.5, 5.1)
PANEL = ("24323-8", "Comprehensive metabolic panel")
PREPARATIONS = {
    "CARD": (("Bring your blood pressure log", "List your current medications"), ("Recent ECG", "Blood pressure log")),
    "GP": (("List your current medications", "Bring earlier test results"), ("Recent labs",)),
    "PED": (("Bring the vaccination record",), ("Growth chart", "Vaccination record")),
    "PHYS": (("Wear comfortable clothes",), ("Referral letter",)),
    "DERM": (("Come without make-up or lotion",), ("Photographs of the last visit",)),
}
SUMMARIES = {  # what a patient takes home: what was found, and what to do; several for each specialty
    "CARD": (
        ("Heart and circulation checked, stable", ("Continue current medication", "Measure blood pressure daily")),
        ("ECG without new findings", ("Walk 30 minutes a day", "Continue current medication")),
        ("Blood pressure talked over", ("Measure blood pressure daily", "Bring the log to the next visit")),
    ),
    "GP": (
        ("Checked and talked over what has changed", ("Continue current medication", "Come back if it gets worse")),
        ("Laboratory values talked over", ("Repeat the laboratory check in three months",)),
        ("Medication reviewed together", ("Take medication with a meal", "Bring the list to every visit")),
        ("Recovered from an infection of the airways", ("Rest for some days", "Come back if a fever returns")),
    ),
    "PED": (
        ("Growth and development as expected", ("Keep to the vaccination plan",)),
        ("Recovered from a cold", ("Back to school when free of fever for a day",)),
    ),
    "PHYS": (
        ("Mobility better than at the last visit", ("Do the exercises every day",)),
        ("New exercises for the back shown", ("Do the exercises twice a day", "Stop where it hurts")),
    ),
    "DERM": (
        ("Skin examined, nothing suspicious", ("Use sun protection", "Look for changes once a month")),
        ("Eczema calmer than at the last visit", ("Use the cream for another two weeks",)),
    ),
}
QUESTIONS = (
    ("Refill of my tablets", "I have tablets for a few days only. Could you send the prescription to my pharmacy?"),
    ("Question about my result", "I have seen the new result. Is there anything that I should change?"),
    ("Dizzy in the morning", "Since last week I have felt dizzy when I get up. Should I come in?"),
)
ANSWER = "Thank you for your message. We have looked into it and suggest to go on as agreed until your next visit."
NEWS = ("Your recent readings", "Your recent readings show that we are on the right way. Please go on measuring daily.")
