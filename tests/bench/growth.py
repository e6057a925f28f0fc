"""The same page at 0.1, 2 and 10 million appointments: how much slower the largest is.

Each volume has its own database, made, measured and dropped before the next. To keep noise of the machine out, the page
is measured in rounds and the median counts.
"""

from statistics import median

from tests.bench.clinic import filled
from tests.bench.installation import serving
from tests.bench.page import forget_fragments, warm

SIZES = (100_000, 2_000_000, 10_000_000)
ROUNDS = 40
MOST_RATIO = 1.3


def main() -> None:
    """Prints the page's time at each size and the ratio of the largest to the smallest."""
    found = {size: _seconds(size) for size in SIZES}
    for size, seconds in found.items():
        print(f"  page at {size / 1e6:g} million appointments: {seconds * 1000:.0f} ms")
    print(
        f"growth: {found[SIZES[-1]] / found[SIZES[0]]:.2f} x from {SIZES[0] / 1e6:g} to {SIZES[-1] / 1e6:g} million "
        f"appointments (goal: at most {MOST_RATIO})"
    )


def _seconds(appointments: int) -> float:
    """Median seconds of the page, fragments forgotten before each, through the real server."""
    with filled(appointments) as place, serving(place.place) as port:
        warm(place, port)
        taken = []
        for _ in range(ROUNDS):
            forget_fragments()
            taken.append(place.ask(port).seconds)
    return median(taken)


if __name__ == "__main__":
    main()
