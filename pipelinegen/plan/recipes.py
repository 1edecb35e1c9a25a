"""How each kind of dependency runs as a container: for tests, and beside a dev container.

Plain data: the image, how it is told who its user is, when it is ready, and how a part of it is
made that belongs to one test alone. The commands run in the container, with the image's own
clients, so that no driver is needed on our side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The name and password of a container that only tests reach: known to all, and no secret.
USER = "app"


@dataclass(frozen=True)
class Recipe:
    """One kind of dependency.

    Args:
        image: its official image, without a tag; empty: each service names its own.
        version: the tag where the service names none.
        port: where it listens.
        url: its URL, with ``{host}``, ``{port}`` and ``{part}`` in it.
        part: what the URL's ``{part}`` is when nothing was made for a test alone: a database, …
        healthy: a shell command that succeeds when it takes connections from outside; empty: it
            is ready when it answers HTTP.
        env: what the image is told.
        command: what the image is told to run; empty: what it does by itself.
        load: by the ending of an init file, the shell command that takes it as standard input.
        seal: a shell command that keeps what was loaded, before anybody changes it.
        make: a shell command that makes the part ``$PART`` for one test; what it prints, if
            anything, is the part's name.
        drop: a shell command that removes it again.
        outside: a second port, for clients that are not on the container's network, of servers
            that tell their clients where to go on; the address is known before they start.
    """

    image: str
    version: str
    port: int
    url: str
    part: str = ""
    healthy: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    load: Mapping[str, str] = field(default_factory=dict)
    seal: str = ""
    make: str = ""
    drop: str = ""
    outside: int | None = None


# The images' documentation: https://hub.docker.com/_/postgres and so on. The checks go through the
# network: while an image prepares its data, its server is there on a local socket already.
RECIPES: Mapping[str, Recipe] = {
    "postgres": Recipe(
        "postgres",
        "17",
        5432,
        "postgresql://app:app@{host}:{port}/{part}",
        part="app",
        healthy="pg_isready -q -h 127.0.0.1 -U app",
        env={"POSTGRES_USER": USER, "POSTGRES_PASSWORD": USER, "POSTGRES_DB": "app"},
        load={".sql": "psql -X -q -v ON_ERROR_STOP=1 -U app -d app", ".sh": "sh -e"},
        # Nobody is connected to it, so that it can always be copied.
        seal='psql -X -q -U app -d postgres -c "CREATE DATABASE pipelinegen TEMPLATE app"',
        make='psql -X -q -U app -d postgres -c "CREATE DATABASE \\"$PART\\" TEMPLATE pipelinegen"',
        drop='psql -X -q -U app -d postgres -c "DROP DATABASE \\"$PART\\" WITH (FORCE)"',
    ),
    "mysql": Recipe(
        "mysql",
        "8.4",
        3306,
        "mysql://app:app@{host}:{port}/{part}",
        part="app",
        healthy="MYSQL_PWD=app mysqladmin ping -s -h 127.0.0.1 -u app",
        env={
            "MYSQL_USER": USER,
            "MYSQL_PASSWORD": USER,
            "MYSQL_DATABASE": "app",
            "MYSQL_ROOT_PASSWORD": USER,
        },
        # As the image itself does: others may not make functions while there is a binary log.
        load={".sql": "MYSQL_PWD=app mysql -u root app", ".sh": "sh -e"},
        seal="MYSQL_PWD=app mysqldump -u root --no-tablespaces --routines --events app "
        "> /tmp/pipelinegen.sql",
        make="export MYSQL_PWD=app && mysql -u root -e "
        "\"CREATE DATABASE $PART; GRANT ALL ON $PART.* TO 'app'@'%'\" && "
        "mysql -u root $PART < /tmp/pipelinegen.sql",
        # A connection that a test has left open may hold a lock: then it stays.
        drop="MYSQL_PWD=app mysql -u root -e "
        '"SET SESSION lock_wait_timeout = 1; DROP DATABASE $PART"',
    ),
    "mariadb": Recipe(
        "mariadb",
        "11.4",
        3306,
        "mysql://app:app@{host}:{port}/{part}",
        part="app",
        healthy="MYSQL_PWD=app mariadb-admin ping -s -h 127.0.0.1 -u app",
        env={
            "MARIADB_USER": USER,
            "MARIADB_PASSWORD": USER,
            "MARIADB_DATABASE": "app",
            "MARIADB_ROOT_PASSWORD": USER,
        },
        # As the image itself does: others may not make functions while there is a binary log.
        load={".sql": "MYSQL_PWD=app mariadb -u root app", ".sh": "sh -e"},
        seal="MYSQL_PWD=app mariadb-dump -u root --routines --events app > /tmp/pipelinegen.sql",
        make="export MYSQL_PWD=app && mariadb -u root -e "
        "\"CREATE DATABASE $PART; GRANT ALL ON $PART.* TO 'app'@'%'\" && "
        "mariadb -u root $PART < /tmp/pipelinegen.sql",
        # A connection that a test has left open may hold a lock: then it stays.
        drop="MYSQL_PWD=app mariadb -u root -e "
        '"SET SESSION lock_wait_timeout = 1; DROP DATABASE $PART"',
    ),
    "redis": Recipe(
        "redis",
        "7",
        6379,
        "redis://{host}:{port}/{part}",
        part="0",
        healthy="redis-cli ping | grep -q PONG",
        # Databases instead of key prefixes: the code under test knows no prefix. Number 0 holds
        # the numbers that were given back.
        command="redis-server --databases 4096 --save ''",
        make="part=$(redis-cli --raw SPOP pipelinegen:free); "
        '[ -n "$part" ] || part=$(redis-cli --raw INCR pipelinegen:last); echo "$part"',
        drop='redis-cli -n "$PART" FLUSHDB >/dev/null && '
        'redis-cli SADD pipelinegen:free "$PART" >/dev/null',
    ),
    "rabbitmq": Recipe(
        "rabbitmq",
        "4",
        5672,
        "amqp://app:app@{host}:{port}/{part}",
        part="%2f",
        healthy="rabbitmq-diagnostics -q check_port_connectivity",
        env={"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": USER},
        make='rabbitmqctl -q add_vhost "$PART" && '
        "rabbitmqctl -q set_permissions -p \"$PART\" app '.*' '.*' '.*'",
        drop='rabbitmqctl -q delete_vhost "$PART"',
    ),
    "kafka": Recipe(
        "apache/kafka",
        "3.9.0",
        9092,
        "kafka://{host}:{port}",
        healthy="/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server 127.0.0.1:9092",
        env={
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "INSIDE://:9092,OUTSIDE://:9094,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": "INSIDE://{alias}:9092,OUTSIDE://{host}:{port}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,"
            "CONTROLLER:PLAINTEXT",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        },
        outside=9094,
    ),
    "mongodb": Recipe(
        "mongo",
        "8.0",
        27017,
        "mongodb://{host}:{port}/{part}",
        part="app",
        healthy="mongosh --quiet --eval 'quit(db.runCommand({ping: 1}).ok ? 0 : 1)'",
        load={".js": "mongosh --quiet app", ".sh": "sh -e"},
        drop='mongosh --quiet "$PART" --eval "db.dropDatabase()" >/dev/null',
    ),
    "s3": Recipe(
        "minio/minio",
        "RELEASE.2025-09-07T16-13-09Z",
        9000,
        "http://app:app-secret@{host}:{port}/{part}",
        env={"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": "app-secret"},
        command="server /data",
        # A folder of its data is a bucket.
        make='mkdir -p "/data/$PART"',
        drop='rm -rf "/data/$PART"',
    ),
    # An account of its own for each test: https://docs.localstack.cloud/references/multi-account-setups/
    "aws": Recipe("localstack/localstack", "4", 4566, "http://{host}:{port}"),
    "browser": Recipe("", "", 4444, "http://{host}:{port}"),
    "http": Recipe("", "", 8080, "http://{host}:{port}"),
    "service": Recipe("", "", 8080, "http://{host}:{port}"),
}
