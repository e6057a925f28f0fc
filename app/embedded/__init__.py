"""PostgreSQL and Redis run by MediConnect itself, where no URL names a server of its own."""

from dataclasses import dataclass, field

from app.config import Config
from app.embedded import postgres, redis


@dataclass(frozen=True)
class Services:
    """The URLs of the services an installation uses, embedded or not."""

    database_owner_url: str = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


def ensure(config: Config) -> Services:
    """Return the URLs of running services, starting the embedded ones that are needed and do not run.

    Raises EmbeddedError when one cannot be started.
    """
    owner_url, app_url = config.database_owner_url, config.database_url
    if app_url is None:
        urls = postgres.start(config)
        owner_url, app_url = urls.owner_url, urls.app_url
    return Services(owner_url or app_url, app_url, config.redis_url or redis.start(config))


def resolve(config: Config) -> Config:
    """Return the settings with the URLs of running services filled in."""
    services = ensure(config)
    return config.with_services(services.database_owner_url, services.database_url, services.redis_url)


def backup_url(config: Config) -> str:
    """Return the URL of a role that may read all rows: the embedded server's superuser, or what the settings name."""
    if (config.home / "secrets.json").exists():
        cluster = postgres.Cluster(config.home)
        own = cluster.urls()
        if config.database_url in {None, own.app_url, own.owner_url}:
            return cluster.superuser_url()
    return config.database_backup_url or config.database_owner_url or config.database_url or ""


def stop(config: Config) -> None:
    """Stop the embedded servers of a home. Redis goes first: what rings in it is kept in PostgreSQL."""
    if config.redis_url is None:
        redis.stop(config)
    if config.database_url is None:
        postgres.stop(config)


def status(config: Config) -> dict[str, str]:
    """Say of each embedded server whether it runs, and where its data is."""
    answer = {}
    if config.database_url is None:
        answer["postgresql"] = _state(postgres.Cluster(config.home))
    if config.redis_url is None:
        answer["redis"] = _state(redis.Server(config.home))
    return answer


def is_there(config: Config) -> bool:
    """Has the home a database of its own, or do the settings name one?"""
    return config.database_url is not None or postgres.Cluster(config.home).data.exists()


def _state(server: postgres.Cluster | redis.Server) -> str:
    state = f"{'running' if server.is_running() else 'stopped'}, data in {server.data}"
    user = server.placement.user
    return state if user is None else f"{state}, as user {user.name} because servers do not run as root"
