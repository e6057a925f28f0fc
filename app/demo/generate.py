"""Simulates organizations clinic by clinic, two or more at a time, and writes their files."""

import gc
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from random import Random

from app.demo.blueprint import OrganizationPlan, plans
from app.demo.bookings import usual_doctors
from app.demo.charts import Charts
from app.demo.clinic import AHEAD, live
from app.demo.ledger import Ledger
from app.demo.milestones import events_of, marks_of, targets_of
from app.demo.places import diaries, preparations_of, standing, types_of
from app.demo.records import Record
from app.demo.writer import HISTORY, Writer, join

SEED = 20150301


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
) -> list[Summary]:
    """Writes `<out>/<slug>/` for the organizations of a size (all, or those named): the folders fhir, csv and history.

    The same seed, size and instant give the same bytes on any number of processors.
    """
    chosen = [plan for plan in plans(size) if not slugs or plan.slug in slugs]
    jobs = [(plan, number) for plan in chosen for number in range(len(plan.clinics))]
    for plan in chosen:
        shutil.rmtree(out / plan.slug, ignore_errors=True)
    counts: dict[str, Counter[str]] = {plan.slug: Counter() for plan in chosen}
    with ProcessPoolExecutor(cpu_count() or 2, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_write_clinic, out, plan, number, seed, now) for plan, number in jobs]
        for (plan, number), future in zip(jobs, futures, strict=True):
            counts[plan.slug].update(future.result())
            if progress:
                progress(plan.clinics[number].name)
    for plan in chosen:
        counts[plan.slug].update(_write_common(out, plan, now))
        parts = [_part(out, plan, "0"), *(_part(out, plan, clinic.key) for clinic in plan.clinics)]
        join(parts, out / plan.slug)
        (out / plan.slug / "parts").rmdir()
    return [Summary(plan.slug, out / plan.slug, dict(sorted(counts[plan.slug].items()))) for plan in chosen]


def _part(out: Path, plan: OrganizationPlan, key: str) -> Path:
    return out / plan.slug / "parts" / key


def _write_clinic(out: Path, plan: OrganizationPlan, number: int, seed: int, now: datetime) -> dict[str, int]:
    """One clinic's part; runs in a process of its own, which ends before its garbage is worth collecting."""
    gc.disable()
    history = live(plan, number, seed, now)
    usual_doctors(history.bookings)
    rng = Random(f"{seed}/{plan.slug}/{history.plan.key}/records")
    part, ledger, charts = _part(out, plan, history.plan.key), Ledger(history, rng), Charts(history, seed)
    past = Writer(part, HISTORY).write(
        chain(diaries(history, rng, True), ledger.records(old=True), charts.records(old=True))
    )
    rows: Iterator[Record] = chain(
        standing(history, rng), diaries(history, rng, False), ledger.records(old=False), charts.records(old=False)
    )
    return past | Writer(part).write(rows)


def _write_common(out: Path, plan: OrganizationPlan, now: datetime) -> dict[str, int]:
    """What belongs to no single clinic: kinds of visit, the event log, targets."""
    marks = marks_of(plan, plan.zone, now)
    rows = chain(
        types_of(plan), preparations_of(plan), events_of(plan, marks, marks.last + AHEAD), targets_of(plan, marks)
    )
    return Writer(_part(out, plan, "0")).write(rows)
