"""Stores one batch of mapped records in the caller's transaction: all references, derived columns, money and marks."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.core.crypto import KeyRing
from app.core.ids import UNKNOWN
from app.ingest import dirty
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.upsert import clinical, money, removal
from app.ingest.upsert.ids import new_id
from app.ingest.upsert.names import Known, Memory, Names, digest_of, made_at, stamped
from app.ingest.upsert.settle import Zones, settle
from app.ingest.upsert.statements import delete, insert
from app.ingest.upsert.tables import PART_OF, defaults
from app.ingest.upsert.waiting import ALIASES, Waiting, arrivals
from app.ingest.upsert.work import Work

_NEXT_REVISION = "UPDATE sources SET revision = revision + 1 WHERE organization_id = %s AND id = %s RETURNING revision"


class Outcome(StrEnum):
    """What became of a record."""

    CREATED = "created"
    STORED = "stored"  # in place of what was known
    UNCHANGED = "unchanged"
    UNUSED = "unused"

    @property
    def counted(self) -> str:
        """The key of `app.ingest.counts` under which it counts."""
        return "stored" if self is Outcome.CREATED else self.value


@dataclass(slots=True)
class Target:
    """Where records go: an organization and a source of it, and since when this import or push runs."""

    organization_id: UUID
    source_id: UUID
    sources: tuple[UUID, ...]  # whose names are understood, the own one first
    since: int  # milliseconds
    ring: KeyRing
    zones: Zones
    memory: Memory = field(default_factory=Memory)
    key: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.ring.keys[min(self.ring.keys)]


def store(cursor: Cursor, target: Target, batch: list[Mapped]) -> list[Outcome]:
    """Stores what is new or changed; one outcome a record, in order."""
    target.memory.opened(_next_revision(cursor, target))
    names = Names(target.organization_id, target.source_id, target.sources, target.memory)
    names.look_up(cursor, _named(batch))
    outcomes, news = _judge(batch, names, target)
    if news:
        _Storing(cursor, target, names).run(news)
    names.write(cursor)
    return outcomes


def _next_revision(cursor: Cursor, target: Target) -> int:
    """Counts this storing into the source; until its transaction ends no other into the same source begins."""
    row = cursor.execute(_NEXT_REVISION, (target.organization_id, target.source_id)).fetchone()
    assert row is not None  # a target's source is stored
    return int(row[0])


def _named(batch: list[Mapped]) -> set[Name]:
    found: set[Name] = set()
    for mapped in batch:
        found.add(mapped.holder)
        for row in (*mapped.rows, *mapped.ensured):
            found.add(row.name)
            found.update(name for candidates in row.refs.values() for name in candidates)
        for alias in mapped.aliases:
            found.add(alias.name)
            found.update(alias.targets or ())
    return found


def _judge(batch: list[Mapped], names: Names, target: Target) -> tuple[list[Outcome], list[Mapped]]:
    """Which records bring something new. Of several contents under one name in one import the first is taken,
    unless the source says that another is younger; what was not taken is remembered."""
    outcomes: list[Outcome] = []
    news: dict[Name, tuple[int, Mapped, bytes]] = {}
    for index, mapped in enumerate(batch):
        digest = mapped.digest or digest_of(mapped, target.key)
        version = stamped(mapped.version, digest)
        known = names.known.get(mapped.holder)
        is_new = known is None or (not known.digest and known.record_id == UNKNOWN)
        if mapped.remove and (known is None or not known.digest):
            outcomes.append(Outcome.UNUSED)
            continue
        if known is None or not known.digest:
            known = names.known.setdefault(mapped.holder, Known(new_id(), UNKNOWN))
            known.digest, known.changed = version, True
        elif known.has(digest):
            outcomes.append(Outcome.UNCHANGED)
            continue
        elif _is_late(known, mapped, version, target.since):
            known.remember(digest)
            outcomes.append(Outcome.UNCHANGED)
            continue
        else:
            known.digest = version + known.digest[8:] if mapped.holder in news else version
            known.id, known.changed = new_id(), True
        outcomes.append(Outcome.CREATED if is_new else Outcome.STORED)
        if mapped.holder in news:
            outcomes[news[mapped.holder][0]] = Outcome.UNCHANGED
        news[mapped.holder] = (index, mapped, digest)
    return outcomes, [mapped for _, mapped, _ in news.values()]


def _is_late(known: Known, mapped: Mapped, version: bytes, since: int) -> bool:
    stamp = int.from_bytes(version[:8], "big")
    if stamp and known.version and stamp != known.version:
        return stamp < known.version
    return made_at(known.id) >= since


class _Storing:
    """One batch on its way into the tables."""

    def __init__(self, cursor: Cursor, target: Target, names: Names) -> None:
        self.cursor, self.target, self.names = cursor, target, names
        self.organization_id = target.organization_id
        self.work = Work(cursor, target.organization_id)
        self.waiting = Waiting(names)
        self.fresh: list[Name] = []  # names that mean a row (or nothing) only now
        self.replaced: list[UUID] = []

    def run(self, news: list[Mapped]) -> None:
        """Claims names, resolves references, completes the rows, writes them."""
        outdated = removal.outdated(self.cursor, self.names, news)
        removed = removal.remove(self.cursor, self.organization_id, self.names, outdated)
        rows = self._claim([mapped for mapped in news if not mapped.remove])
        self._alias([mapped for mapped in news if not mapped.remove])
        for row_id, row in rows:
            self.work.add(row.name.table, self._valued(row_id, row), row.wall_times)
        settle(self.work, self.target.zones)
        self.work.write()
        self._replace_parts(news)
        self.waiting.write(self.cursor, self.replaced)
        touched = money.recompute(self.cursor, self.organization_id, self.work, removed)
        touched += clinical.recompute(self.cursor, self.organization_id, self.work, removed)
        dirty.mark(self.cursor, self.organization_id, [*self.work.written(), *touched, *removed])

    def _claim(self, news: list[Mapped]) -> list[tuple[UUID, Row]]:
        """Gives each row its id; stored versions are kept aside."""
        rows: list[tuple[UUID, Row]] = []
        stored: dict[str, list[UUID]] = {}
        for mapped in news:
            wanted = [row for row in mapped.ensured if self.names.row_of(row.name) is None]
            for row in (*mapped.rows, *wanted):
                row_id, is_fresh = self.names.claim(row.name)
                rows.append((row_id, row))
                if is_fresh:
                    self.fresh.append(row.name)
                else:
                    stored.setdefault(row.name.table, []).append(row_id)
                    self.replaced.append(row_id)
        for table, ids in stored.items():
            self.work.remember(table, ids)
        return rows

    def _alias(self, news: list[Mapped]) -> None:
        """Points other names at their rows, and hands on what waited for any name that is news; a chain of aliases
        settles in as many rounds as it has links."""
        open_ = [(mapped, alias) for mapped in news for alias in mapped.aliases]
        while True:
            left = []
            for mapped, alias in open_:
                found = self._meant(mapped, alias)
                if found is None and alias.targets:
                    left.append((mapped, alias))
                elif self.names.point(alias.name, found):
                    self.fresh.append(alias.name)
            open_ = left
            if not self.fresh:
                break
            self._receive()
        for _, alias in open_:
            row_id = self.names.await_target(alias.name)
            self.replaced.append(row_id)
            self.waiting.resolve(ALIASES, row_id, "record_id", alias.targets or ())

    def _meant(self, mapped: Mapped, alias: Any) -> UUID | None:
        if alias.targets is None:
            return self.names.row_of(mapped.rows[0].name)
        return next((found for name in alias.targets if (found := self.names.row_of(name))), None)

    def _valued(self, row_id: UUID, row: Row) -> dict[str, Any]:
        """The row with all of its columns: references resolved, texts sealed."""
        table = row.name.table
        values = defaults(table) | row.values
        values["organization_id"], values["id"] = self.organization_id, row_id
        for column, candidates in row.refs.items():
            values[column] = self.waiting.resolve(table, row_id, column, candidates)
        for attribute, text in row.texts.items():
            values[f"{attribute}_sealed"] = self.target.ring.seal(table, f"{attribute}_sealed", row_id, text)
        for column, text in row.blinds.items():
            values[column] = self.target.ring.blind(column, text)
        if table == "clinics" and values["zone"] is None:
            values["zone"] = self.target.zones.default
        return values

    def _receive(self) -> None:
        """Hands the rows that waited for this batch's names what they waited for, aliases first."""
        fresh, self.fresh = self.fresh, []
        while fresh:
            arrived, fresh = arrivals(self.cursor, self.names, fresh), []
            aliases = {each.record_id: each.target for each in arrived if each.table == ALIASES}
            for name in self._names_of(aliases):
                if self.names.point(name, aliases[self.names.known[name].id]):
                    fresh.append(name)
            by_table: dict[str, list[Any]] = {}
            for each in arrived:
                if each.table != ALIASES:
                    by_table.setdefault(each.table, []).append(each)
            for table, reached in by_table.items():
                found = {row["id"]: row for row in self.work.take(table, "id", {each.record_id for each in reached})}
                for each in reached:
                    if each.record_id in found:
                        found[each.record_id][each.column] = each.target

    def _names_of(self, aliases: dict[UUID, UUID]) -> list[Name]:
        if not aliases:
            return []
        self.cursor.execute(
            "SELECT kind, name FROM source_records WHERE organization_id = %s AND id = ANY(%s)",
            (self.organization_id, list(aliases)),
        )
        found = [Name(kind, text) for kind, text in self.cursor.fetchall()]
        self.names.look_up(self.cursor, found)
        return [name for name in found if name in self.names.known and self.names.known[name].id in aliases]

    def _replace_parts(self, news: list[Mapped]) -> None:
        """Lines and steps are replaced together with what they are part of."""
        for table, column in PART_OF.items():
            rows, owners = [], []
            for mapped in news:
                if table in mapped.children and mapped.rows:
                    owner = self.names.row_of(mapped.rows[0].name)
                    if owner is None:
                        continue
                    owners.append(owner)
                    rows += [self._part(table, column, owner, values) for values in mapped.children[table]]
            delete(self.cursor, table, self.organization_id, column, owners)
            insert(self.cursor, table, self.organization_id, rows)

    def _part(self, table: str, column: str, owner: UUID, values: dict[str, Any]) -> dict[str, Any]:
        return defaults(table) | values | {"id": new_id(), column: owner}
