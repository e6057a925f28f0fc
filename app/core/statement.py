"""Statements made once and run often: their text is kept, so that a run costs neither building nor compiling.

They go past the session's own filters, which would make inner joins of outer ones: each names its organization itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, CursorResult
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

_DIALECT = postgresql.psycopg.dialect()


class Given(ColumnElement[Any]):
    """A value that is given at each run. All other values of a statement are written into its text.

    So the driver has few values to prepare, and PostgreSQL plans for those that never change.
    """

    inherit_cache = False

    def __init__(self, name: str, of: TypeEngine[Any] | type[TypeEngine[Any]]) -> None:
        self.name = name
        self.type = of() if isinstance(of, type) else of


@compiles(Given)
def _given(element: Given, compiler: SQLCompiler, **_: Any) -> str:
    return f"%({element.name})s::{compiler.dialect.type_compiler_instance.process(element.type)}"


@dataclass(frozen=True)
class Statement:
    """Compiled text, with a place for each value that is given at a run."""

    text: str

    @classmethod
    def of(cls, clause: ClauseElement) -> "Statement":
        """Compiles a clause whose values to come are `Given`."""
        return cls(clause.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}).string)

    def run(self, session: Session, given: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        """Runs it in the session's transaction."""
        return session.connection().exec_driver_sql(self.text, given)


@contextmanager
def planned_once(session: Session) -> Iterator[None]:
    """Lets statements of the transaction keep one plan for all values.

    For statements of many arms: PostgreSQL takes planning for cheap and plans them anew at each run, which costs more
    than running them. Not for those that find rows by a partial index, which a plan for any value cannot use. After an
    error the transaction is over, and the setting with it.
    """
    connection = session.connection()
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    yield
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")
