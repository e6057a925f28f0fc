"""Connections to PostgreSQL that keep their prepared statements when a transaction is given up.

A request that only reads ends in a rollback, after which the driver forgets all that it has prepared: an undone
`CREATE` or `DROP` could have made it wrong. The application changes no table while it serves, and parsing and planning
the statements of a page costs as much as running them.
"""

from typing import Any

from psycopg import Connection
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine, event


class PreparedConnection(Connection[Any]):
    """A connection of the driver whose rollback is nothing but one."""

    def rollback(self) -> None:
        """Gives up the transaction under way, if any; raises what the driver's own rollback raises."""
        if self.pgconn.transaction_status == TransactionStatus.IDLE:
            return
        with self.lock:
            done = self.pgconn.exec_(b"ROLLBACK").status == ExecStatus.COMMAND_OK
        if not done:
            super().rollback()  # the server is away: the driver says so


def install(engine: Engine) -> None:
    """Lets an engine open such connections."""
    event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, args: tuple[Any, ...], options: dict[str, Any]) -> PreparedConnection:
    # Pages ask the same statements again and again: what is run a second time is worth preparing.
    return PreparedConnection.connect(*args, **options, prepare_threshold=1)
