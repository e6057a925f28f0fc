"""Runs the migrations as the owner of the tables, each in its own transaction."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, pool

from app.extensions import Base


def run() -> None:
    """Connects with the owner's address; distributed databases want one shard at a time."""
    url = current_app.config["DATABASE_OWNER_URL"]
    engine = create_engine(
        url, poolclass=pool.NullPool, connect_args={"options": "-c citus.multi_shard_modify_mode=sequential"}
    )
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


run()
