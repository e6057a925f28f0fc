"""Each dashboard at 2 million appointments against eight plain SQL aggregates over one organization's year.

A page is asked for through the real server, with everything rendered forgotten before; the aggregates run on the same
database in between. Connections and compiled statements are warm on both sides.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from sqlalchemy import create_engine

from tests.bench import aggregates
from tests.bench.clinic import Filled, filled
from tests.bench.dashboards import Asked, dashboards, forget, sent_for
from tests.bench.installation import serving

APPOINTMENTS = 2_000_000
ROUNDS, WARMING, AT_ONCE = 25, 40, 8
MOST_RATIO, MOST_STATEMENTS, MOST_BYTES = 0.7, 15, 150_000


@dataclass(frozen=True)
class Measured:
    """Seconds of a page and of the aggregates beside it, medians of the rounds; bytes before compression."""

    page: float
    plain: float
    size: int


def main() -> None:
    """Prints the ratio, the statements and the bytes of each."""
    with filled(APPOINTMENTS) as place:
        asked = dashboards(place.volume)
        statements = {each.name: len(sent_for(place, each)) for each in asked}
        found = measure(place, asked)
    print(
        f"goals: at most {MOST_RATIO} x eight plain aggregates, {MOST_STATEMENTS} statements, {MOST_BYTES // 1000} kB"
    )
    for name, one in found.items():
        print(
            f"{name}: {one.page / one.plain:.2f} x ({one.page * 1000:.0f} ms and {one.plain * 1000:.0f} ms), "
            f"{statements[name]} statements, {one.size / 1000:.0f} kB"
        )
    print(f"  medians of {ROUNDS} rounds in turns; statements without BEGIN, COMMIT, SET LOCAL")


def measure(place: Filled, asked: tuple[Asked, ...]) -> dict[str, Measured]:
    """Each dashboard by name, asked for in turns with the aggregates."""
    engine = create_engine(place.place.superuser_url)
    with serving(place.place) as port, engine.connect() as connection:
        for _ in range(5):
            aggregates.seconds(connection, place.volume)
        found = {}
        for each in asked:
            warm(place, port, each)
            pages, plains, size = [], [], 0
            for _ in range(ROUNDS):
                forget()
                answer = place.ask(port, each.path, each.role)
                pages.append(answer.seconds)
                size = len(answer.text.encode())
                plains.append(aggregates.seconds(connection, place.volume))
            found[each.name] = Measured(median(pages), median(plains), size)
    engine.dispose()
    return found


def warm(place: Filled, port: int, asked: Asked) -> None:
    """Lets every thread of the server compile what it will need; within what a login may ask in a minute."""
    with ThreadPoolExecutor(AT_ONCE) as askers:
        list(askers.map(lambda _: place.ask(port, asked.path, asked.role), range(WARMING)))


if __name__ == "__main__":
    main()
