"""The clinic page at 2 million appointments against eight plain SQL aggregates over one organization's year.

The page is asked for through the real server, with every rendered fragment forgotten before; the aggregates run on the
same database in between. Connections and compiled statements are warm on both sides.
"""

from statistics import median

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from app.extensions import store
from tests.bench import aggregates
from tests.bench.clinic import Filled, filled
from tests.bench.installation import serving
from tests.bench.load import press

APPOINTMENTS = 2_000_000
ROUNDS, WARM_SECONDS = 25, 10.0
MOST_RATIO, MOST_STATEMENTS, MOST_BYTES = 0.7, 12, 150_000


def main() -> None:
    """Prints the ratio, the statements and the bytes."""
    with filled(APPOINTMENTS) as place:
        statements = count_statements(place)
        page, plain, size = measure(place)
    print(f"clinic page: {page / plain:.2f} x eight plain aggregates (goal: at most {MOST_RATIO})")
    print(f"  page {page * 1000:.0f} ms, aggregates {plain * 1000:.0f} ms, medians of {ROUNDS} rounds in turns")
    print(f"clinic page: {statements} statements (goal: at most {MOST_STATEMENTS})")
    print("  not counted: BEGIN, COMMIT, SET LOCAL")
    print(f"clinic page: {size / 1000:.0f} kB of HTML before compression (goal: at most {MOST_BYTES // 1000})")


def measure(place: Filled) -> tuple[float, float, int]:
    """(seconds of the page, seconds of the aggregates, bytes of the page): medians of the rounds, in turns."""
    pages, plains, size = [], [], 0
    engine = create_engine(place.place.superuser_url)
    with serving(place.place) as port, engine.connect() as connection:
        warm(place, port)
        for _ in range(5):
            aggregates.seconds(connection, place.volume)
        for _ in range(ROUNDS):
            forget_fragments()
            answer = place.ask(port)
            pages.append(answer.seconds)
            size = len(answer.text.encode())
            plains.append(aggregates.seconds(connection, place.volume))
    engine.dispose()
    return median(pages), median(plains), size


def warm(place: Filled, port: int) -> None:
    """Lets every thread of the server compile what it will need."""
    press(port, place.request(place.path), WARM_SECONDS)


def forget_fragments() -> None:
    """Empties the cache of rendered fragments; logins and data versions stay."""
    names = list(store.client.scan_iter("mc:fragment:*", count=1000))
    if names:
        store.client.delete(*names)


def count_statements(place: Filled) -> int:
    """How many statements one rendering of the page sends, once the process is warm."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("SET LOCAL"):
            sent.append(statement)

    client = place.app.test_client(use_cookies=False)
    client.get(place.path, headers={"Cookie": place.cookie})
    event.listen(Engine, "before_cursor_execute", note)
    client.get(place.path, headers={"Cookie": place.cookie})
    event.remove(Engine, "before_cursor_execute", note)
    return len(sent)


if __name__ == "__main__":
    main()
