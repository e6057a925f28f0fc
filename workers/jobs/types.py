"""What a kind of job is: a name, the work, and what to tell the row it is about when it fails for good."""

from collections.abc import Callable
from dataclasses import dataclass

from app.services.background.leases import Lease


def _nobody(_lease: Lease, _reason: str, _code: str = "") -> None:
    """For jobs whose row shows no state of its own."""


@dataclass(frozen=True)
class JobKind:
    """`perform` works under a lease with the organization's scope open. It may finish the lease itself, beside what it
    publishes; otherwise the runtime does. `waits` and `failed` change rows in the runtime's transaction; `failed` is
    also told the error's code. An error whose code is `passing` may be over at the next try."""

    key: str
    perform: Callable[[Lease], None]
    waits: Callable[[Lease, str], None] = _nobody
    failed: Callable[[Lease, str, str], None] = _nobody
    seconds: int = 600
    passing: frozenset[str] = frozenset()
