"""Who says where a dependency runs, who wins, and what is said of what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.containers.sources import IMAGES, Given, env_file, hosts, read
from pipelinegen.errors import PipelinegenError

VARIABLE = "CATALOG_URL"
OPTION = "catalog=http://option:1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "test.env"
    file.write_text(f"{VARIABLE}=http://file:1\n")
    return file


def test_the_tests_argument_wins_over_all_else(file: Path) -> None:
    sources = read([OPTION], [], file, {VARIABLE: "http://environment:1"})
    found = sources.url("catalog", VARIABLE, "http://argument:1")
    assert found == Given("http://argument:1", "the test's argument")


def test_an_option_wins_over_a_file_and_the_environment(file: Path) -> None:
    sources = read([OPTION], [], file, {VARIABLE: "http://environment:1"})
    assert sources.url("catalog", VARIABLE) == Given("http://option:1", "--dependency-url")


def test_a_file_wins_over_the_environment(file: Path) -> None:
    sources = read([], [], file, {VARIABLE: "http://environment:1"})
    assert sources.url("catalog", VARIABLE) == Given("http://file:1", f"{VARIABLE} in {file}")


def test_the_environment_is_asked_last() -> None:
    sources = read([], [], None, {VARIABLE: "http://environment:1"})
    found = sources.url("catalog", VARIABLE)
    assert found == Given("http://environment:1", f"{VARIABLE} in the environment")


def test_nobody_has_said_anything(file: Path) -> None:
    sources = read(["db=http://x:1"], [], file, {"DB": "http://x:1", VARIABLE: "http://x:1"})
    assert sources.url("other", "OTHER") is None
    assert sources.url("other", None) is None


def test_an_empty_variable_says_nothing() -> None:
    assert read([], [], None, {VARIABLE: ""}).url("catalog", VARIABLE) is None


def test_of_two_options_for_a_name_the_later_wins() -> None:
    found = read([OPTION, "catalog=http://later:1"], [], None, {}).url("catalog", None)
    assert found == Given("http://later:1", "--dependency-url")


@pytest.mark.parametrize(
    "url",
    [
        "http://catalog",
        "http://localhost:8080/api?x=1",
        "http://[::1]:8080",
        "postgresql://app:a%2Fb%40c@db:5432/app?sslmode=require",
        "redis://:secret@cache:6379/0",
        "amqps://app:app@queue:5671/%2F",
        "kafka://broker:9092",
        "mongodb+srv://cluster.example.com/app",
        "mongodb://app:secret@a:27017,b:27017/app?replicaSet=rs0",
        "kafka://a:9092,b:9092,[::1]:9092",
    ],
)
def test_a_url_is_taken_as_it_stands(url: str) -> None:
    found = read([f"db={url}"], [], None, {}).url("db", None)
    assert found == Given(url, "--dependency-url")


@pytest.mark.parametrize(
    "url",
    [
        "localhost",
        "localhost:8080",
        "//localhost:8080",
        "http://",
        "http:///path",
        "http://:8080",
        "http://localhost:port",
        "http://localhost:99999",
        "http://localhost:-1",
        "http://[::1",
        "http://a,,b",
        "http://a b",
        "http://a\n",
        "/var/run/postgres",
    ],
)
def test_what_is_no_url_is_told_with_who_said_it(url: str) -> None:
    sources = read([], [], None, {VARIABLE: url})
    with pytest.raises(PipelinegenError) as raised:
        sources.url("catalog", VARIABLE)
    assert str(raised.value) == (
        f"catalog: `{url}` is not a URL (from {VARIABLE} in the environment)\n"
        "      = a URL is `scheme://host[:port][/path]`"
    )


def test_a_password_is_not_told_of_a_url_that_is_none() -> None:
    sources = read(["db=postgresql://app:secret@db:port/app"], [], None, {})
    with pytest.raises(PipelinegenError, match=r"`postgresql://app:\*\*\*@db:port/app` is not a"):
        sources.url("db", None)


@pytest.mark.parametrize("said", ["catalog", "catalog=", "=http://x", " =http://x", ""])
def test_an_option_is_a_name_and_a_value(said: str) -> None:
    with pytest.raises(PipelinegenError) as raised:
        read([said], [], None, {})
    assert str(raised.value) == f"--dependency-url takes `NAME=value`, not `{said}`"
    with pytest.raises(PipelinegenError, match="--dependency-image takes `NAME=value`"):
        read([], [said], None, {})


@pytest.mark.parametrize("tail", ["", "?sslmode=off"])
def test_a_password_is_not_told_of_an_option_without_a_name(tail: str) -> None:
    with pytest.raises(PipelinegenError) as raised:
        read([f"postgresql://app:secret@db/app{tail}"], [], None, {}).url("db", None)
    told = f"postgresql://app:***@db/app{tail}"
    assert str(raised.value) == f"--dependency-url takes `NAME=value`, not `{told}`"


def test_the_hosts_of_a_url() -> None:
    assert hosts("mongodb://u:p@a:1,[::1]:2,c/app") == [("a", 1), ("::1", 2), ("c", 0)]


def test_an_image_is_found_by_name_then_by_type() -> None:
    images = ["db=postgres:16", "postgres=mirror/postgres:15", "redis=mirror/redis:7"]
    sources = read([], images, None, {})
    assert sources.image("db", "postgres") == ("postgres:16", "--dependency-image")
    assert sources.image("other", "postgres") == ("mirror/postgres:15", "--dependency-image")
    assert sources.image("cache", "redis") == ("mirror/redis:7", "--dependency-image")
    assert sources.image("queue", "rabbitmq") is None


def test_an_images_option_wins_over_the_environment() -> None:
    environment = {IMAGES: "db=postgres:14, redis=redis:6 queue=rabbitmq:3"}
    sources = read([], ["db=postgres:16"], None, environment)
    assert sources.image("db", "postgres") == ("postgres:16", "--dependency-image")
    assert sources.image("cache", "redis") == ("redis:6", IMAGES)
    assert sources.image("queue", "rabbitmq") == ("rabbitmq:3", IMAGES)


def test_a_fault_in_the_environments_images_is_told_of_it() -> None:
    with pytest.raises(PipelinegenError, match=f"{IMAGES} takes `NAME=value`, not `postgres:14`"):
        read([], [], None, {IMAGES: "postgres:14"})


def test_an_env_files_lines_are_variables_with_blanks_and_comments_between(tmp_path: Path) -> None:
    file = tmp_path / "test.env"
    file.write_text("# the tests' own\n\nA=1\n  # indented\n B=x=y # all\nC=\n")
    assert env_file(file) == {"A": "1", "B": "x=y # all", "C": ""}


def test_an_env_files_lines_may_be_a_shells(tmp_path: Path) -> None:
    file = tmp_path / "test.env"
    file.write_text("export A='http://x:1/?a&b'\nexport B=\"it's\"\nC='x'\n")
    assert env_file(file) == {"A": "http://x:1/?a&b", "B": "it's", "C": "'x'"}


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("A=1\nhttp://secret\n", "2:1", "a line is `NAME=value`"),
        ("\n\n=1\n", "3:1", "a line is `NAME=value`"),
        ("A-B=1\n", "1:1", "a line is `NAME=value`"),
        ("  1A=1\n", "1:3", "a line is `NAME=value`"),
        ("A=1\n# \n A=2\n", "3:2", "`A` stands there twice"),
    ],
)
def test_an_env_files_fault_is_told_at_its_place(
    tmp_path: Path, text: str, place: str, told: str
) -> None:
    file = tmp_path / "test.env"
    file.write_text(text)
    with pytest.raises(PipelinegenError) as raised:
        env_file(file)
    assert str(raised.value) == f"{file}:{place}: {told}"


def test_an_env_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PipelinegenError, match="cannot be read: No such file or directory"):
        read([], [], tmp_path / "nowhere.env", {})
    (tmp_path / "latin.env").write_bytes(b"A=\xe9\n")
    with pytest.raises(PipelinegenError, match=r"latin\.env: cannot be read: it is not UTF-8"):
        env_file(tmp_path / "latin.env")
