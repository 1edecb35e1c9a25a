"""What a fixture gives: a dependency's URL, and the parts of it that drivers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipelinegen.containers.sources import hidden, hosts


@dataclass(frozen=True, repr=False)
class Dependency:
    """A dependency that takes connections.

    Args:
        name: its name in pipeline.yaml, or its type.
        url: its URL.
        source: where the URL comes from, for people.
        image: the image of its container; None when it runs elsewhere.
        part: the database, virtual host, bucket or prefix that is this test's own; empty when all
            tests share one.
    """

    name: str
    url: str
    source: str
    image: str | None = None
    part: str = ""

    def __repr__(self) -> str:
        """As it may stand in a log: without the password."""
        return f"{type(self).__name__}({self.name}: {hidden(self.url)} from {self.source})"

    @property
    def host(self) -> str:
        """The host in the URL; of several, the first."""
        return hosts(self.url)[0][0]

    @property
    def port(self) -> int:
        """The port in the URL; its scheme's own where it names none."""
        return self.addresses[0][1]

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """All hosts in the URL with their ports, 0 where that is not known."""
        usual = _PORTS.get(self.url.partition("://")[0].lower(), 0)
        return [(host, port or usual) for host, port in hosts(self.url)]

    @property
    def user(self) -> str:
        """The user in the URL."""
        return unquote(urlsplit(self.url).username or "")

    @property
    def password(self) -> str:
        """The password in the URL."""
        return unquote(urlsplit(self.url).password or "")

    @property
    def _path(self) -> str:
        return unquote(urlsplit(self.url).path.lstrip("/"))


_PORTS = {
    "http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "mysql": 3306, "redis": 6379,
    "rediss": 6379, "amqp": 5672, "amqps": 5671, "mongodb": 27017, "kafka": 9092,
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Database(Dependency):
    """Postgres, MySQL or MariaDB."""

    @property
    def database(self) -> str:
        """The database's name."""
        return self._path


@dataclass(frozen=True, repr=False)
class Redis(Dependency):
    """Redis; the part is a database of a number of its own."""

    @property
    def database(self) -> int:
        """The database's number."""
        return int(self._path or 0)


@dataclass(frozen=True, repr=False)
class RabbitMq(Dependency):
    """RabbitMQ; the part is a virtual host."""

    @property
    def vhost(self) -> str:
        """The virtual host."""
        return self._path or "/"


@dataclass(frozen=True, repr=False)
class Kafka(Dependency):
    """Kafka, which knows no namespaces: let the names of topics and groups begin with `prefix`."""

    @property
    def bootstrap_servers(self) -> str:
        """``host:port,…``, as its clients take it."""
        shown = [(f"[{host}]" if ":" in host else host, port) for host, port in self.addresses]
        return ",".join(f"{host}:{port}" for host, port in shown)

    @property
    def prefix(self) -> str:
        """What the names of this test's own topics and groups begin with."""
        return f"{self.part}-" if self.part else ""


@dataclass(frozen=True, repr=False)
class Mongo(Dependency):
    """MongoDB."""

    @property
    def database(self) -> str:
        """The database's name."""
        return self._path


@dataclass(frozen=True, repr=False)
class Bucket(Dependency):
    """S3, or what speaks its protocol: ``http://key:secret@host:port/bucket``."""

    region: str = "us-east-1"

    @property
    def endpoint(self) -> str:
        """The URL without what it says of key and bucket."""
        found = urlsplit(self.url)
        return f"{found.scheme}://{found.netloc.rpartition('@')[2]}"

    @property
    def access_key(self) -> str:
        """The access key: the user in the URL."""
        return self.user

    @property
    def secret_key(self) -> str:
        """The secret key: the password in the URL."""
        return self.password

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._path


@dataclass(frozen=True, repr=False)
class Aws(Dependency):
    """Services of AWS; the part is an account, whose number is the access key.

    https://docs.localstack.cloud/references/multi-account-setups/
    """

    secret_key: str = "test"
    region: str = "us-east-1"

    @property
    def access_key(self) -> str:
        """The access key, which chooses the account."""
        return self.part or "000000000000"


CLASSES: dict[str, type[Dependency]] = {
    "postgres": Database,
    "mysql": Database,
    "mariadb": Database,
    "redis": Redis,
    "rabbitmq": RabbitMq,
    "kafka": Kafka,
    "mongodb": Mongo,
    "s3": Bucket,
    "aws": Aws,
}
