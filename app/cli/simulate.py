"""The command that plays the demo's day against a running installation."""

import json
from datetime import date, datetime, time, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import click
import orjson

from app.cli.place import configuration
from app.core import clock

if TYPE_CHECKING:
    from app.demo.day import Change
    from app.demo.fhir import Resource


VISITING = ("arrived", "started", "completed", "no_show")


class LocalTime(click.ParamType[time]):
    """A time of day such as 09:00."""

    name = "HH:MM"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> time:
        """The time, or click's usual message for a text that is none."""
        try:
            return time.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 09:00", param, ctx)


@click.command()
@click.option("--url", help="Where MediConnect answers; without it, where this installation was started.")
@click.option("--organization", "slug", default="demo", show_default=True, help="demo or other.")
@click.option("--speed", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="Minutes a minute.")
@click.option("--rate", type=click.FloatRange(0.1, 200), default=20.0, show_default=True, help="Most changes a second.")
@click.option("--from", "start", type=LocalTime(), help="Begin at this local time; all before is sent at once.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Play this day instead of today.")
@click.option("--token", help="An API token; without one the demo's admin logs in.")
def simulate(
    url: str | None, slug: str, speed: float, rate: float, start: time | None, day: datetime | None, token: str | None
) -> None:
    """Play the rest of a demo day: bookings, arrivals, visits, cancellations, no-shows and payments, until its end."""
    from app.config import local_url
    from app.demo.accounts import PASSWORD_FILE
    from app.demo.blueprint import plans
    from app.demo.calendar import instant_of, utc_minute
    from app.demo.day import Days
    from app.demo.load import Manifest
    from app.demo.play import Played, catch_up, play
    from app.supervise import running_at

    config = configuration()
    folder = config.home / "demo" / slug
    made = Manifest.read(folder)
    if made is None:
        raise click.ClickException(f"There is no demo organization {slug!r} here; load it first: mediconnect demo")
    plan = next(each for each in plans(made.size) if each.slug == slug)
    password = (config.home / PASSWORD_FILE).read_text().strip() if not token else ""
    client = Client(
        url or running_at(config.home) or local_url(config.host, config.port), f"admin@{plan.mail}", password, token
    )
    begins_at, ends_at = _span(plan.zone, day.date() if day else None, start)
    begins, ends = utc_minute(begins_at), utc_minute(ends_at)

    played = Played.read(folder, utc_minute(made.now))
    click.echo("Laying out the day.")
    changes = Days(plan, made.seed, made.now).changes(played.until, ends)
    if not any(change.what in VISITING for change in changes):
        click.echo(
            f"The clinics of {plan.name} are closed: it is {_local(clock.now(), plan.zone)} and no visit is left until "
            f"{_local(ends_at, plan.zone)}. Play another day with --day, or the other organization with --organization."
        )
    past = [change for change in changes if change.at <= begins]
    try:
        if past:
            click.echo(f"Sending {len(past):,} changes up to {_local(instant_of(begins), plan.zone)}.")
            catch_up(past, client.push, played)
        played.until = max(played.until, begins)
        rest = changes[len(past) :]
        click.echo(f"Playing {len(rest):,} changes at {speed:g} times the speed of a clock. Ctrl-C ends it.")
        play(rest, client.push, played, speed, rate, lambda change: _show(change, plan.zone))
    except KeyboardInterrupt:
        click.echo("Ended; the next call goes on from here.")
    finally:
        played.write(folder)
        client.close()
    click.echo(", ".join(f"{what} {count:,}" for what, count in sorted(played.counts.items())) or "Nothing happened.")


def _span(zone: str, day: date | None, start: time | None) -> tuple[datetime, datetime]:
    """From when to when is played: from now or from a local time on the day, to the end of the day."""
    here, now = ZoneInfo(zone), clock.now()
    day = day or now.astimezone(here).date()
    begins = datetime.combine(day, start, here) if start else now
    return begins, datetime.combine(day + timedelta(days=1), time(0), here)


def _local(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %H:%M %Z")


def _show(change: "Change", zone: str) -> None:
    from app.demo.calendar import instant_of

    click.echo(f"{_local(instant_of(change.at), zone)}  {change.what:<10} {change.clinic}")


class Client:
    """The HTTP API of one installation, with a token that is renewed when it runs out."""

    def __init__(self, url: str, email: str, password: str, token: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.BadParameter("an address is like http://127.0.0.1:8000", param_hint="--url")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.connection = kind(parts.hostname, parts.port, timeout=30)
        self.email, self.password, self.token, self.renewable = email, password, token, token is None

    def push(self, resources: "list[Resource]") -> None:
        """Sends resources as one transaction Bundle; ends the command with the server's words when it refuses."""
        entries = [
            {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
            for each in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        status, answer = self._authorised("/fhir", bundle)
        if status >= 400:
            raise click.ClickException(f"The server refused ({status}): {answer[:300].decode(errors='replace')}")

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()

    def _authorised(self, path: str, body: "Resource") -> tuple[int, bytes]:
        if self.token is None:
            self._log_in()
        status, answer = self._post(path, body)
        if status == 401 and self.renewable:
            self._log_in()
            return self._post(path, body)
        return status, answer

    def _log_in(self) -> None:
        self.token = None
        status, answer = self._post("/api/auth/token", {"email": self.email, "password": self.password})
        if status != 200:
            raise click.ClickException(f"The login of {self.email} was refused ({status}).")
        self.token = json.loads(answer)["access_token"]

    def _post(self, path: str, body: "Resource") -> tuple[int, bytes]:
        headers = {"Content-Type": "application/fhir+json" if path == "/fhir" else "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            self.connection.request("POST", path, orjson.dumps(body), headers)
            response = self.connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            where = f"{self.connection.host}:{self.connection.port}"
            raise click.ClickException(f"No answer from {where} ({error}).") from error
