"""Each kind of dependency with the driver that people use for it, and a part for each test.

The tests are written as the fixtures' docstrings say.
"""

from __future__ import annotations

import shlex
import sys

from tests.e2e.dependencies.project import HEAD, Project

OWN = ["--dependency-scope", "function"]
BOTH = """\
import pytest
both = pytest.mark.parametrize("who", ["one", "two"])
"""

DATABASES = f"""{HEAD}
dependencies:
  main: {{type: postgres, version: "15", init: [names.sql, more.sh], env: DB_URL, migrate: MIGRATE}}
  old: {{type: mysql, init: [names.sql, five.sql, more sql.sh]}}
  new: {{type: mariadb, init: [names.sql, five.sql, more maria.sh]}}
"""
NAMES = "CREATE TABLE names (name varchar(9));\nINSERT INTO names VALUES ('Ann');\n"
FIVE = "CREATE FUNCTION five() RETURNS int DETERMINISTIC RETURN 5;\n"
BOB = "INSERT INTO names VALUES ('Bob')"
SEEN = ["Ann", "Bob"]
TEST_DATABASES = f"""{BOTH}
import psycopg, pymongo, pymysql
from redis import Redis

# As with a test that fails, whose traceback is kept.
LEFT_OPEN = []

@both
def test_postgres(postgres, who):
    connection = psycopg.connect(postgres.url)
    LEFT_OPEN.append(connection)
    connection.execute("INSERT INTO names VALUES (%s)", [who])
    names = connection.execute("SELECT name FROM names").fetchall()
    assert [name for (name,) in names] == [*{SEEN}, who]
    # What the migration has counted, after the init files.
    assert connection.execute("SELECT number FROM counted").fetchall() == [(len({SEEN}),)]

def query(connection, who):
    LEFT_OPEN.append(connection)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO names VALUES (%s)", [who])
        cursor.execute("SELECT name, five() FROM names")
        assert list(cursor.fetchall()) == [(name, 5) for name in [*{SEEN}, who]]

@both
def test_mysql(mysql, who):
    query(pymysql.connect(host=mysql.host, port=mysql.port, user=mysql.user,
                          password=mysql.password, database=mysql.database), who)

@both
def test_mariadb(mariadb, who):
    query(pymysql.connect(host=mariadb.host, port=mariadb.port, user=mariadb.user,
                          password=mariadb.password, database=mariadb.database), who)

@both
def test_redis(redis, who):
    with Redis.from_url(redis.url) as client:
        client.set(who, "was here")
        assert client.keys() == [who.encode()]

@both
def test_mongodb(mongodb, who):
    with pymongo.MongoClient(mongodb.url) as client:
        names = client.get_default_database().names
        names.insert_one({{"name": who}})
        assert [each["name"] for each in names.find()] == [who]
"""


MIGRATION = """
import os, pathlib, psycopg
assert pathlib.Path("pipeline.yaml").exists()
with psycopg.connect(os.environ["DB_URL"]) as connection:
    connection.execute("CREATE TABLE counted AS SELECT count(*) AS number FROM names")
"""


def test_databases_are_loaded_and_migrated_and_each_test_has_its_own(project: Project) -> None:
    project.write(
        {
            "pipeline.yaml": DATABASES.replace(
                "MIGRATE", f'"{shlex.quote(sys.executable)} db/migrate.py"'
            ),
            "db/migrate.py": MIGRATION,
            "names.sql": NAMES,
            "five.sql": FIVE,
            "more.sh": f'psql -q -U app app -c "{BOB}"\n',
            "more sql.sh": f'mysql -u app -papp app -e "{BOB}"\n',
            "more maria.sh": f'mariadb -u app -papp app -e "{BOB}"\n',
            "test_databases.py": TEST_DATABASES,
        }
    )
    assert " 10 passed in " in project.pytest(*OWN)
    assert project.left() == {}


TEST_BROKERS = f"""{BOTH}
from contextlib import closing
import boto3, pika
from kafka import KafkaConsumer, KafkaProducer

@both
def test_rabbitmq(rabbitmq, who):
    with pika.BlockingConnection(pika.URLParameters(rabbitmq.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders")
        channel.basic_publish("", "orders", who.encode())
        _, _, body = next(channel.consume("orders", auto_ack=True, inactivity_timeout=20))
        assert body == who.encode()
        # So the next of them would see it, were the queue the same.
        channel.basic_publish("", "orders", b"of " + who.encode())

@both
def test_kafka(kafka, who):
    topic = f"{{kafka.prefix}}orders"
    with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)) as producer:
        producer.send(topic, who.encode()).get(timeout=20)
    consumer = KafkaConsumer(topic, bootstrap_servers=kafka.bootstrap_servers,
                             auto_offset_reset="earliest", consumer_timeout_ms=20000)
    with closing(consumer):
        assert next(consumer).value == who.encode()

@both
def test_s3(s3, who):
    client = boto3.client("s3", endpoint_url=s3.endpoint, aws_access_key_id=s3.access_key,
                          aws_secret_access_key=s3.secret_key, region_name=s3.region)
    client.put_object(Bucket=s3.bucket, Key=who, Body=b"was here")
    assert client.get_object(Bucket=s3.bucket, Key=who)["Body"].read() == b"was here"
    keys = client.list_objects_v2(Bucket=s3.bucket)["Contents"]
    assert [each["Key"] for each in keys] == [who]

@both
def test_aws(aws, who):
    client = boto3.client("sqs", endpoint_url=aws.url, aws_access_key_id=aws.access_key,
                          aws_secret_access_key=aws.secret_key, region_name=aws.region)
    queue = client.create_queue(QueueName=who)["QueueUrl"]
    client.send_message(QueueUrl=queue, MessageBody=who)
    (message,) = client.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == who
    assert client.list_queues()["QueueUrls"] == [queue]
"""


def test_brokers_and_clouds_work_and_each_test_has_its_own_part(project: Project) -> None:
    project.write({"test_brokers.py": TEST_BROKERS})
    assert " 8 passed" in project.pytest(*OWN)
    assert project.left() == {}
