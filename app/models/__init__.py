"""Columns, relations, constraints: one noun a file. Importing this package knows every table."""

from app.models.access import (
    AccountLink,
    ApiToken,
    LoginAttempt,
    Passkey,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    SpentChallenge,
    UserSession,
)
from app.models.alerts import Alert
from app.models.appointments import Appointment, AppointmentType, StatusChange
from app.models.audit import AuditEvent, AuditHead
from app.models.availability import AccessSample, Availability
from app.models.claims import Adjudication, Claim
from app.models.clinics import Clinic, Department, Equipment, Room
from app.models.collection import Chargeback, InvoiceReminder
from app.models.conditions import Allergy, Condition
from app.models.cover import Coverage
from app.models.deliveries import Delivery, Webhook, WebhookCall
from app.models.encounters import Encounter
from app.models.events import CalendarEvent
from app.models.facts import DataVersion, DirtyMark, RollupState, VisitDay
from app.models.feedback import Complaint, Incident, SurveyAnswer
from app.models.forecasts import MadeForecast
from app.models.goals import CarePlan, Goal
from app.models.identity import ExternalIdentity, IdentityProvider
from app.models.ingest import (
    ImportReject,
    ImportRun,
    Source,
    SourceRecord,
    UnresolvedReference,
)
from app.models.invoices import Expense, Invoice, InvoiceLine, Payment
from app.models.jobs import Job, OutboxLane, OutboxMessage
from app.models.medications import Dispense, Dose, Drug, Medication
from app.models.messages import Message
from app.models.notifications import Notification
from app.models.observations import Observation
from app.models.organizations import (
    Membership,
    Organization,
    OrganizationKey,
    OrganizationSettings,
    User,
)
from app.models.patient_money import (
    CreditAccount,
    CreditEntry,
    PaymentPlan,
    PlanInstalment,
)
from app.models.patients import Patient
from app.models.platform import (
    BackupRun,
    PlatformCount,
    PlatformRead,
    ServiceMinute,
    ServiceSample,
    SystemAlert,
    SystemCheck,
    UserDay,
)
from app.models.population import PopulationCount
from app.models.practitioners import Affiliation, Practitioner
from app.models.preparations import Preparation
from app.models.procedures import Immunization, Procedure
from app.models.reports import Report, ReportDownload, ReportFile, ReportRun
from app.models.results import ClinicalOrder, Result, ResultItem
from app.models.schedules import ReportSchedule, ScheduleClock, ScheduleDue
from app.models.staff import ResourceUse, Shift, Task
from app.models.subscriptions import Subscription, SupportTicket
from app.models.targets import Target
from app.models.value_sets import LoadedValueSet
from app.models.walls import Wall, WallItem
