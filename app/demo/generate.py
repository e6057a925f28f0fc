"""Simulates organizations clinic by clinic, two or more at a time, and writes their files."""

import gc
import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from multiprocessing import get_context
from os import cpu_count, setpgid
from pathlib import Path
from random import Random

from app.demo.blueprint import OrganizationPlan, plans
from app.demo.bookings import usual_doctors
from app.demo.charts import Charts
from app.demo.clinic import AHEAD, live
from app.demo.ledger import Ledger
from app.demo.milestones import events_of, marks_of, targets_of
from app.demo.places import diaries, preparations_of, standing, types_of
from app.demo.writer import HISTORY, Writer, join
from app.supervise.children import follow_parent

SEED = 20150301
PRESENT, PAST = False, True  # since the new practice system, and before it
BOTH = (PRESENT, PAST)


@dataclass(frozen=True)
class Summary:
    """What was written for one organization: rows by file, and where."""

    slug: str
    folder: Path
    files: dict[str, int]

    @property
    def rows(self) -> int:
        """All rows and resources."""
        return sum(self.files.values())


def generate(
    out: Path,
    now: datetime,
    seed: int = SEED,
    size: str = "normal",
    slugs: tuple[str, ...] = (),
    progress: Callable[[str], None] | None = None,
    ages: tuple[bool, ...] = BOTH,
) -> list[Summary]:
    """Writes `<out>/<slug>/` for the organizations of a size (all, or those named): the folders fhir and csv, and
    `history` with what is older than the new practice system, or only one of the two `ages`.

    The same seed, size and instant give the same bytes on any number of processors, written together or one by one.
    """
    chosen = [plan for plan in plans(size) if not slugs or plan.slug in slugs]
    jobs = [(plan, number, old) for old in ages for plan in chosen for number in range(len(plan.clinics))]
    for plan in chosen:
        for folder in _folders(out / plan.slug, ages):
            shutil.rmtree(folder, ignore_errors=True)
    counts: dict[str, Counter[str]] = {plan.slug: Counter() for plan in chosen}
    pool = ProcessPoolExecutor(cpu_count() or 2, get_context("spawn"), initializer=_stand_apart)
    try:
        futures = [pool.submit(_write_clinic, out, *job, seed, now) for job in jobs]
        for (plan, number, _), future in zip(jobs, futures, strict=True):
            counts[plan.slug].update(future.result())
            if progress:
                progress(plan.clinics[number].name)
    finally:
        pool.shutdown(cancel_futures=True)
    for plan in chosen:
        if PRESENT in ages:
            counts[plan.slug].update(_write_common(out, plan, now))
        _join(out, plan, ages)
    return [Summary(plan.slug, out / plan.slug, dict(sorted(counts[plan.slug].items()))) for plan in chosen]


def _stand_apart() -> None:
    """What tells a job to stop reaches its whole group; a process that died of it would look like the job's fault."""
    setpgid(0, 0)
    follow_parent()


def _folders(home: Path, ages: tuple[bool, ...]) -> list[Path]:
    """What is written anew."""
    return [home] if PRESENT in ages else [home / HISTORY, home / "parts"]


def _part(out: Path, plan: OrganizationPlan, key: str, old: bool = PRESENT) -> Path:
    return out / plan.slug / "parts" / (f"{key}-old" if old else key)


def _join(out: Path, plan: OrganizationPlan, ages: tuple[bool, ...]) -> None:
    parts = [_part(out, plan, "0")] if PRESENT in ages else []
    parts += [_part(out, plan, clinic.key, old) for old in ages for clinic in plan.clinics]
    join(parts, out / plan.slug)
    (out / plan.slug / "parts").rmdir()


def _write_clinic(
    out: Path, plan: OrganizationPlan, number: int, old: bool, seed: int, now: datetime
) -> dict[str, int]:
    """One clinic's part of an age; runs in a process of its own, which ends before its garbage is worth collecting."""
    gc.disable()
    history = live(plan, number, seed, now)
    usual_doctors(history.bookings)
    rng = Random(f"{seed}/{plan.slug}/{history.plan.key}/{'past' if old else 'present'}")
    part, ledger, charts = _part(out, plan, history.plan.key, old), Ledger(history, rng), Charts(history, seed)
    of_age = chain(diaries(history, rng, old), ledger.records(old), charts.records(old))
    if old:
        return Writer(part, HISTORY).write(of_age)
    return Writer(part).write(chain(standing(history, rng), of_age))


def _write_common(out: Path, plan: OrganizationPlan, now: datetime) -> dict[str, int]:
    """What belongs to no single clinic: kinds of visit, the event log, targets."""
    marks = marks_of(plan, plan.zone, now)
    rows = chain(
        types_of(plan), preparations_of(plan), events_of(plan, marks, marks.last + AHEAD), targets_of(plan, marks)
    )
    return Writer(_part(out, plan, "0")).write(rows)
