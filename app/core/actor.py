"""Who acts: the only thing that a service or a metric needs to know of a person."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from app.core.errors import Forbidden
from app.core.ids import UNKNOWN
from app.core.permissions import Permission, Role, permissions_of

INSTALLATION = UNKNOWN  # where an organization would stand, for who acts for none: no row belongs to it


@dataclass(frozen=True)
class Actor:
    """A person, program or part of the system acting in one organization.

    `clinic_ids` is None for "every clinic of the organization"; `practitioner_id` and `patient_id` are set where the
    person is one. `user_id` is None for the system itself (`system_actor`) and for walls. A platform admin who has
    picked no organization acts for the installation: no scope opens for them, so that no tenant's row can be met.
    """

    organization_id: UUID
    user_id: UUID | None
    name: str
    roles: frozenset[Role]
    clinic_ids: frozenset[UUID] | None = None
    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    granted: frozenset[Permission] = field(default_factory=frozenset)
    only: frozenset[Permission] | None = None
    request_id: str | None = None
    address: str | None = None

    @property
    def is_of_installation(self) -> bool:
        """Does the actor act for the whole installation, and for no organization?"""
        return self.organization_id == INSTALLATION

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow, plus what was granted by name (walls, the system), within what a token was given."""
        allowed = permissions_of(self.roles) | self.granted
        return allowed if self.only is None else allowed & self.only

    def can(self, permission: Permission) -> bool:
        """May this actor do it at all? (Which rows is another question.)"""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raises Forbidden unless the actor may; DASH_002 for a dashboard."""
        if not self.can(permission):
            code = "DASH_002" if permission.value.startswith("dashboard:") else None
            raise Forbidden("Your role does not include this.", code=code, permission=permission.value)

    def sees_clinic(self, clinic_id: UUID) -> bool:
        """Is the clinic one of the actor's own?"""
        return self.clinic_ids is None or clinic_id in self.clinic_ids

    @cached_property
    def scope_key(self) -> str:
        """A digest of everything that decides which rows and metrics the actor sees: the key of shared caches."""
        clinics = "*" if self.clinic_ids is None else ",".join(sorted(map(str, self.clinic_ids)))
        parts = (self.organization_id, clinics, ",".join(sorted(self.permissions)), ",".join(sorted(self.roles)))
        own = (self.practitioner_id, self.patient_id)
        return sha256("|".join(map(str, parts + own)).encode()).hexdigest()[:20]


def system_actor(organization_id: UUID, name: str = "MediConnect", *granted: Permission) -> Actor:
    """The product itself at work in one organization: every clinic, the permissions named (default: all)."""
    return Actor(organization_id, None, name, frozenset(), granted=frozenset(granted or Permission))
