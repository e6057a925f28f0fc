"""Each dashboard at 0.1 and at 10 million appointments: how much slower the larger is, and which statement makes it so.

Each volume has its own database, made, measured and dropped before the next. The median of the rounds counts. Beside
the time stands what does not depend on the machine: the blocks of the database that a page's statements touch.
"""

from dataclasses import dataclass
from statistics import median

from tests.bench.clinic import filled
from tests.bench.dashboards import Sent, dashboards, forget, sent_for
from tests.bench.installation import serving
from tests.bench.page import warm

SIZES = (100_000, 10_000_000)
ROUNDS = 30
MOST_RATIO = 1.3
WORST = 2  # statements named of each


@dataclass(frozen=True)
class Cost:
    """Median seconds of a dashboard through the real server, and its statements."""

    seconds: float
    sent: list[Sent]

    @property
    def blocks(self) -> int:
        """All that its statements touch."""
        return sum(one.blocks for one in self.sent)

    @property
    def milliseconds(self) -> float:
        """What PostgreSQL works for it."""
        return sum(one.milliseconds for one in self.sent)


def main() -> None:
    """Prints of each dashboard the time and the blocks at both sizes."""
    small, large = (measure(size) for size in SIZES)
    print(f"from {SIZES[0] / 1e6:g} to {SIZES[1] / 1e6:g} million appointments (goal: at most {MOST_RATIO} x the time)")
    for name, after in large.items():
        before = small[name]
        print(
            f"{name}: {after.seconds / before.seconds:.2f} x, "
            f"{before.seconds * 1000:.0f} to {after.seconds * 1000:.0f} ms; in PostgreSQL "
            f"{before.milliseconds:.1f} to {after.milliseconds:.1f} ms, {before.blocks} to {after.blocks} blocks"
        )
        for one in sorted(after.sent, key=lambda sent: -sent.blocks)[:WORST]:
            print(f"    {one.blocks} blocks, {one.milliseconds:.1f} ms: {one.tables[:100]}")


def measure(appointments: int) -> dict[str, Cost]:
    """Every dashboard at one size by its name, everything rendered forgotten before each asking."""
    with filled(appointments) as place:
        asked = dashboards(place.volume)
        sent = {each.name: sent_for(place, each, explain=True) for each in asked}
        seconds = {}
        with serving(place.place) as port:
            for each in asked:
                warm(place, port, each)
                taken = []
                for _ in range(ROUNDS):
                    forget()
                    taken.append(place.ask(port, each.path, each.role).seconds)
                seconds[each.name] = median(taken)
    return {name: Cost(seconds[name], sent[name]) for name in seconds}


if __name__ == "__main__":
    main()
