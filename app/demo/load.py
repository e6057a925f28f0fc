"""Loads the demo once: organizations, files through `app.ingest`, people, figures. Picks up where it broke off."""

import json
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app import create_process
from app.config import Config
from app.core import clock
from app.core.actor import system_actor
from app.core.tenancy import tenant_scope
from app.demo.accounts import demo_password, ensure_people
from app.demo.blueprint import OrganizationPlan, plans
from app.demo.desk import ensure_desk
from app.demo.generate import BOTH, PAST, PRESENT, SEED, generate
from app.demo.writer import HISTORY, announce_history
from app.extensions import db
from app.ingest.run import begin, resume
from app.models import ImportRun, Job
from app.models.organizations import Organization
from app.rollups.refresh import refresh
from app.services.background.jobs import enqueue
from app.services.dashboards import forecasts, population_count
from app.services.organizations import create_organization, organization_by_slug
from app.services.platform import platform_counts
from app.supervise.children import follow_parent

SOURCE = "practice"
# Clinics first, so that what FHIR says of them finds them; then the bulk, in an order in which most references hold.
STEPS = (("csv", "csv/clinics.csv"), ("fhir", "fhir"), ("csv", "csv"))
PAST_STEP = ("csv", HISTORY)
_JOB = "demo.past"

Progress = Callable[[str, float], None]  # what is being done, and how much of it (0 to 1)


def _silent(_what: str, _share: float) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Manifest:
    """How an organization's files were made; `now` is the instant that the simulation ends at, `past` says whether the
    years before the new practice system are written already."""

    seed: int
    size: str
    now: datetime
    past: bool

    @classmethod
    def read(cls, folder: Path) -> "Manifest | None":
        """The manifest of a folder of files, or None where none was finished."""
        path = folder / "manifest.json"
        if not path.exists():
            return None
        held = json.loads(path.read_text())
        return cls(held["seed"], held["size"], datetime.fromisoformat(held["now"]), held.get("past", True))

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
    unchanged: int
    rejected: int
    people: int


def load(
    config: Config,
    progress: Progress = _silent,
    seed: int = SEED,
    size: str = "normal",
    slugs: tuple[str, ...] = (),
    past_later: bool = False,
) -> list[Loaded]:
    """Brings the demo organizations (all, or those named) into the installation; needs an application context.

    What is there already is left alone, so a second call does nothing, and a call after a crash does the rest. With
    `past_later` only the time since the new practice system (a quarter) is simulated and loaded; a worker does the
    years before.
    """
    home = config.home / "demo"
    chosen = [plan for plan in plans(size) if not slugs or plan.slug in slugs]
    password = demo_password(config.home)
    missing = [plan for plan in chosen if not _is_loaded(plan)]
    simulate(home, progress, [plan.slug for plan in missing], seed, size, past_later)
    first, *others = ((home, plan, plan in missing, password, past_later) for plan in chosen)
    if len(missing) < len(chosen):
        return [_load_organization(*one, progress) for one in (first, *others)]
    with ProcessPoolExecutor(max(1, len(others)), get_context("spawn"), initializer=follow_parent) as pool:
        beside = [pool.submit(_load_apart, config, one) for one in others]
        return [_load_organization(*first, progress), *(one.result() for one in beside)]


def _load_apart(config: Config, one: tuple[Path, OrganizationPlan, bool, str, bool]) -> Loaded:
    """In a process of its own: one load alone leaves half of two processors idle."""
    with create_process(config).app_context():
        return _load_organization(*one, _silent)


def simulate_past(folder: Path) -> None:
    """Writes the past of an organization's folder where only its present has been simulated."""
    held = Manifest.read(folder)
    if held is not None and not held.past:
        generate(folder.parent, held.now, held.seed, held.size, (folder.name,), ages=(PAST,))
        replace(held, past=True).write(folder)


def _is_loaded(plan: OrganizationPlan) -> bool:
    """Are all imports of the organization done, or left to a worker?"""
    organization = organization_by_slug(plan.slug)
    if organization is None:
        return False
    with tenant_scope(organization.id):
        runs = {run.name: run for run in _runs()}
    present = all(_is_done(runs.get(Path(path).name)) for _, path in STEPS)
    past = runs.get(PAST_STEP[1])
    return present and (_is_done(past) or (past is not None and _is_with_a_worker(past)))


def _is_done(run: ImportRun | None) -> bool:
    return run is not None and run.state == "completed"


def _is_with_a_worker(run: ImportRun) -> bool:
    return db.session.scalars(select(Job.id).where(Job.kind == _JOB, Job.subject_id == run.id)).first() is not None


def _runs() -> list[ImportRun]:
    return list(db.session.scalars(select(ImportRun).order_by(ImportRun.created_at)))


def simulate(
    home: Path,
    progress: Progress = _silent,
    slugs: Collection[str] | None = None,
    seed: int = SEED,
    size: str = "normal",
    past_later: bool = False,
) -> None:
    """Writes the files of the organizations (all, or those named) that are not there yet, or are of another seed or
    size; needs no database."""
    chosen = [plan for plan in plans(size) if slugs is None or plan.slug in slugs]
    held = {plan.slug: Manifest.read(home / plan.slug) for plan in chosen}
    wanted = tuple(slug for slug, one in held.items() if one is None or (one.seed, one.size) != (seed, size))
    if not wanted:
        return
    now = clock.now().replace(second=0, microsecond=0)
    ages = (PRESENT,) if past_later else BOTH
    clinics = sum(len(plan.clinics) for plan in chosen if plan.slug in wanted) * len(ages)
    done = iter(range(1, clinics + 1))
    progress("Simulating", 0.0)
    for summary in generate(
        home, now, seed, size, wanted, lambda name: progress(f"Simulating {name}", next(done) / clinics), ages
    ):
        if past_later:
            announce_history(summary.folder)
        Manifest(seed, size, now, not past_later).write(summary.folder)


def _load_organization(
    home: Path, plan: OrganizationPlan, missing: bool, password: str, past_later: bool, progress: Progress
) -> Loaded:
    organization = organization_by_slug(plan.slug) or create_organization(
        plan.slug, plan.name, plan.zone, plan.currency, plan.locale
    )
    runs = _import(home / plan.slug, organization, progress, past_later) if missing else []
    people = ensure_people(plan, organization.id, password)
    held = Manifest.read(home / plan.slug)
    ensure_desk(plan, organization.id, held.now if held else clock.now(), held.seed if held else SEED)
    if missing or people:
        refresh(organization.id, lambda family, _days: progress(f"Summing up {plan.name}: {family}", 1.0))
        _count(organization.id)
    read, stored, unchanged, rejected = (
        sum(part[key] for run in runs for part in run.counts.values())
        for key in ("read", "stored", "unchanged", "rejected")
    )
    return Loaded(plan.slug, organization.id, read, stored, unchanged, rejected, people)


def _count(organization_id: UUID) -> None:
    """Makes at once what is otherwise made each hour, so that no page begins empty."""
    with tenant_scope(organization_id):
        population_count.count(organization_id)
        forecasts.make(organization_id)
    platform_counts.take(organization_id)


def _import(folder: Path, organization: Organization, progress: Progress, past_later: bool) -> list[ImportRun]:
    """Does what is left of the imports; the past is left to a worker where that is wished."""
    done = []
    steps = STEPS if not (folder / PAST_STEP[1]).exists() else (*STEPS, PAST_STEP)
    # A source is of the kind of its first run, and what is pushed later looks for its records in sources of FHIR only.
    runs = {step: _run_of(folder, organization, *step) for step in sorted(steps, key=lambda step: step[0] != "fhir")}
    for step in steps:
        with tenant_scope(organization.id):
            if past_later and step is PAST_STEP:
                enqueue(db.session(), _JOB, organization.id, runs[step].id)
                db.session.commit()
            else:
                if step is PAST_STEP:
                    simulate_past(folder)
                done.append(resume(runs[step].id, partial(_show, progress, organization.name)))
    return done


def _show(progress: Progress, name: str, done: int, total: int) -> None:
    progress(f"Loading {name}", done / max(1, total))


def _run_of(folder: Path, organization: Organization, kind: str, relative: str) -> ImportRun:
    """The import of a part of the folder: the one that was begun, or a new one."""
    path = folder / relative
    with tenant_scope(organization.id):
        begun = {(run.name, run.path): run for run in _runs() if run.state != "cancelled"}
    return begun.get((path.name, str(path.resolve()))) or begin(
        system_actor(organization.id, "Demo"), SOURCE, kind, path
    )
