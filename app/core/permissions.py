"""What may be done, and which role may do it: the table of `docs/permissions.md`."""

from enum import StrEnum


class Role(StrEnum):
    """A person's part in one organization (`platform_admin`: in the installation)."""

    PLATFORM_ADMIN = "platform_admin"
    ADMIN = "admin"
    DOCTOR = "doctor"
    CLINIC_STAFF = "clinic_staff"
    BILLING_STAFF = "billing_staff"
    ANALYST = "analyst"
    PATIENT = "patient"


class Permission(StrEnum):
    """`<noun>:<verb>`; a metric, a route and a service name one of these."""

    ACCOUNT_USE = "account:use"
    ALERTS_HANDLE = "alerts:handle"  # those of the rules that the person may see
    AUDIT_READ = "audit:read"
    CATALOGUE_READ = "catalogue:read"
    CHART_READ = "chart:read"
    DASHBOARD_ADMIN = "dashboard:admin"
    DASHBOARD_ANALYTICS = "dashboard:analytics"
    DASHBOARD_BILLING = "dashboard:billing"
    DASHBOARD_CLINIC = "dashboard:clinic"
    DASHBOARD_DOCTOR = "dashboard:doctor"
    DASHBOARD_PATIENT = "dashboard:patient"
    DATA_IMPORT = "data:import"
    DATA_PUSH = "data:push"
    DATA_READ = "data:read"
    EVENTS_WRITE = "events:write"
    METRICS_CLAIMS = "metrics:claims"
    METRICS_MONEY = "metrics:money"
    METRICS_OPERATIONS = "metrics:operations"
    METRICS_PATIENTS = "metrics:patients"
    METRICS_STAFF = "metrics:staff"
    OWN_RECORD = "own_record:use"  # what a patient does with their own record
    PLATFORM_READ = "platform:read"  # counts of all organizations, never a patient
    RECORDS_READ = "records:read"
    REPORTS_READ = "reports:read"
    REPORTS_RUN = "reports:run"
    RULES_WRITE = "rules:write"
    TARGETS_WRITE = "targets:write"
    USERS_WRITE = "users:write"
    WALLS_WRITE = "walls:write"
    WORKLIST_WRITE = "worklist:write"


P = Permission

_EVERYONE = frozenset({P.ACCOUNT_USE})
_STAFF = _EVERYONE | {P.CATALOGUE_READ}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PLATFORM_ADMIN: _EVERYONE | {P.DASHBOARD_ADMIN, P.PLATFORM_READ},
    Role.ADMIN: frozenset(Permission) - {P.OWN_RECORD, P.PLATFORM_READ},
    Role.DOCTOR: _STAFF
    | {
        P.ALERTS_HANDLE,
        P.CHART_READ,
        P.DASHBOARD_ANALYTICS,
        P.DASHBOARD_BILLING,
        P.DASHBOARD_CLINIC,
        P.DASHBOARD_DOCTOR,
        P.DASHBOARD_PATIENT,
        P.METRICS_OPERATIONS,
        P.METRICS_PATIENTS,
        P.RECORDS_READ,
        P.REPORTS_READ,
        P.REPORTS_RUN,
    },
    Role.CLINIC_STAFF: _STAFF
    | {
        P.ALERTS_HANDLE,
        P.DASHBOARD_ANALYTICS,
        P.DASHBOARD_CLINIC,
        P.DASHBOARD_PATIENT,
        P.DATA_READ,
        P.EVENTS_WRITE,
        P.METRICS_CLAIMS,
        P.METRICS_MONEY,
        P.METRICS_OPERATIONS,
        P.METRICS_PATIENTS,
        P.METRICS_STAFF,
        P.RECORDS_READ,
        P.REPORTS_READ,
        P.REPORTS_RUN,
        P.TARGETS_WRITE,
        P.WALLS_WRITE,
        P.WORKLIST_WRITE,
    },
    Role.BILLING_STAFF: _STAFF
    | {P.ALERTS_HANDLE, P.DASHBOARD_BILLING, P.METRICS_CLAIMS, P.METRICS_MONEY, P.REPORTS_READ, P.REPORTS_RUN},
    Role.ANALYST: _STAFF
    | {
        P.DASHBOARD_ANALYTICS,
        P.METRICS_CLAIMS,
        P.METRICS_MONEY,
        P.METRICS_OPERATIONS,
        P.METRICS_PATIENTS,
        P.METRICS_STAFF,
        P.REPORTS_READ,
        P.REPORTS_RUN,
    },
    Role.PATIENT: _EVERYONE | {P.CHART_READ, P.DASHBOARD_PATIENT, P.OWN_RECORD},
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """The union of what several roles may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
