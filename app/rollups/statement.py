"""Statements made once and run often: their text is kept, so that a run costs neither building nor compiling.

They go past the session's own filters, which would make inner joins of outer ones: each names its organization itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, CursorResult
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

_DIALECT = postgresql.psycopg.dialect()


@dataclass(frozen=True)
class Statement:
    """Compiled text and the constants in it; parameters left without a value are given at each run."""

    text: str
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, clause: ClauseElement) -> "Statement":
        """Compiles a clause whose parameters to come are bound to None."""
        made = clause.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        return cls(made.string, {name: value for name, value in made.params.items() if value is not None})

    def run(self, session: Session, bound: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        """Runs it in the session's transaction."""
        return session.connection().exec_driver_sql(self.text, {**self.constants, **bound})
