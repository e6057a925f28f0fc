"""Loads the demo once: organizations, files through `app.ingest`, people, figures. Picks up where it broke off."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app.config import Config
from app.core import clock
from app.core.actor import system_actor
from app.core.tenancy import tenant_scope
from app.demo.accounts import demo_password, ensure_people
from app.demo.blueprint import OrganizationPlan, plans
from app.demo.generate import SEED, generate
from app.extensions import db
from app.ingest.run import begin, resume
from app.models import ImportRun
from app.models.organizations import Organization
from app.rollups.refresh import refresh
from app.services.organizations import create_organization, organization_by_slug

SOURCE = "practice"
# Clinics first, so that what FHIR says of them finds them; then the bulk, in an order in which most references hold.
STEPS = (("csv", "csv/clinics.csv"), ("fhir", "fhir"), ("csv", "csv"))

Progress = Callable[[str, float], None]  # what is being done, and how much of it (0 to 1)


@dataclass(frozen=True)
class Manifest:
    """How an organization's files were made; `now` is the instant that the simulation ends at."""

    seed: int
    size: str
    now: datetime

    @classmethod
    def read(cls, folder: Path) -> "Manifest | None":
        """The manifest of a folder of files, or None where none was finished."""
        path = folder / "manifest.json"
        if not path.exists():
            return None
        held = json.loads(path.read_text())
        return cls(held["seed"], held["size"], datetime.fromisoformat(held["now"]))

    def write(self, folder: Path) -> None:
        """Keeps it, which says that the files of the folder are whole."""
        part = folder / "manifest.json.part"
        part.write_text(json.dumps(asdict(self) | {"now": self.now.isoformat()}))
        part.replace(folder / "manifest.json")


@dataclass(frozen=True)
class Loaded:
    """What a load did in one organization; all numbers are 0 where it had been done before."""

    slug: str
    organization_id: UUID
    read: int
    stored: int
    rejected: int
    people: int


def load(
    config: Config,
    progress: Progress = lambda _what, _share: None,
    seed: int = SEED,
    size: str = "normal",
    slugs: tuple[str, ...] = (),
) -> list[Loaded]:
    """Brings the demo organizations (all, or those named) into the installation; needs an application context.

    What is there already is left alone, so a second call does nothing, and a call after a crash does the rest.
    """
    home = config.home / "demo"
    chosen = [plan for plan in plans(size) if not slugs or plan.slug in slugs]
    password = demo_password(config.home)
    missing = [plan for plan in chosen if not _is_loaded(plan)]
    _write_files(home, missing, seed, size, progress)
    return [_load_organization(home, plan, plan in missing, password, progress) for plan in chosen]


def _is_loaded(plan: OrganizationPlan) -> bool:
    """Are all imports of the organization done?"""
    organization = organization_by_slug(plan.slug)
    if organization is None:
        return False
    with tenant_scope(organization.id):
        done = {run.name for run in _runs() if run.state == "done"}
    return {Path(path).name for _, path in STEPS} <= done


def _runs() -> list[ImportRun]:
    return list(db.session.scalars(select(ImportRun).order_by(ImportRun.created_at)))


def _write_files(home: Path, missing: list[OrganizationPlan], seed: int, size: str, progress: Progress) -> None:
    """Simulates the organizations whose files are not there yet, or are of another seed or size."""
    known = {plan.slug: Manifest.read(home / plan.slug) for plan in missing}
    slugs = tuple(slug for slug, held in known.items() if held is None or (held.seed, held.size) != (seed, size))
    if not slugs:
        return
    now = clock.now().replace(second=0, microsecond=0)
    clinics = sum(len(plan.clinics) for plan in missing if plan.slug in slugs)
    done = iter(range(1, clinics + 1))
    progress("Simulating", 0.0)
    for summary in generate(
        home, now, seed, size, slugs, lambda name: progress(f"Simulating {name}", next(done) / clinics)
    ):
        Manifest(seed, size, now).write(summary.folder)


def _load_organization(home: Path, plan: OrganizationPlan, missing: bool, password: str, progress: Progress) -> Loaded:
    organization = organization_by_slug(plan.slug) or create_organization(
        plan.slug, plan.name, plan.zone, plan.currency, plan.locale
    )
    runs = _import(home / plan.slug, organization, progress) if missing else []
    people = ensure_people(plan, organization.id, password)
    if missing or people:
        refresh(organization.id, lambda family, _days: progress(f"Summing up {plan.name}: {family}", 1.0))
    totals = {
        key: sum(part[key] for run in runs for part in run.counts.values()) for key in ("read", "stored", "rejected")
    }
    return Loaded(plan.slug, organization.id, people=people, **totals)


def _import(folder: Path, organization: Organization, progress: Progress) -> list[ImportRun]:
    """Does what is left of the three imports."""
    actor = system_actor(organization.id, "Demo")
    done = []
    for kind, relative in STEPS:
        path = folder / relative
        with tenant_scope(organization.id):
            known = {(run.name, run.path): run for run in _runs() if run.state not in ("failed", "cancelled")}
        run = known.get((path.name, str(path.resolve()))) or begin(actor, SOURCE, kind, path)
        with tenant_scope(organization.id):
            done.append(
                resume(run.id, lambda now, total: progress(f"Loading {organization.name}", now / max(1, total)))
            )
    return done
