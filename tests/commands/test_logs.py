"""``pipelinegen logs`` against a stand-in for Graylog, whose queries Lucene's own parser runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelinegen.cli import main
from tests.configs import DOCKERFILE
from tests.helpers import write_tree
from tests.lab.graylog.server import Graylog, graylog
from tests.lab.lucene import Lucene

TOKEN = "1secret0token"
SERVICE = """
apiVersion: pipelinegen/v1
service: {name: orders, team: shop}
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server(lucene: Lucene) -> Iterator[Graylog]:
    with graylog(lucene) as there:
        there.tokens.add(TOKEN)
        yield there


@pytest.fixture
def run(
    server: Graylog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    write_tree(tmp_path, {"orders/pipeline.yaml": SERVICE, "orders/Dockerfile": DOCKERFILE})
    monkeypatch.chdir(tmp_path / "orders")
    monkeypatch.setenv("GRAYLOG_URL", server.url)
    monkeypatch.setenv("GRAYLOG_TOKEN", TOKEN)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("pipelinegen.patience.FIRST_SECONDS", 0)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["logs", *arguments])
        said = capsys.readouterr()
        assert TOKEN not in said.out + said.err
        assert "Traceback" not in said.err and "This is a bug" not in said.err, said.err
        return int(str(ended.value.code or 0)), said.out, said.err

    return call


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def message(server: Graylog, text: str, *, seconds: float = 60, **fields: Any) -> dict[str, Any]:
    """One that was stored, so many seconds ago."""
    made = {
        "timestamp": written(datetime.now(UTC) - timedelta(seconds=seconds)),
        "service": "orders",
        "region": "eu-west-1",
        "cluster": "eu-a",
        "account": "production",
        "level": 6,
        "message": text,
        "gl2_message_id": f"id-{len(server.messages)}",
        **fields,
    }
    server.messages.append(made)
    return made


def texts(out: str) -> list[str]:
    return [line.rsplit("  ", 1)[-1] for line in out.splitlines()]


def test_one_service_in_all_regions_in_the_order_of_time(run: Run, server: Graylog) -> None:
    message(server, "second", seconds=30, cluster="us-a", region="us-east-1")
    message(server, "first", seconds=40)
    message(server, "of another", seconds=35, service="catalog")
    message(server, "too old", seconds=3600)
    for arguments in ([], ["orders"]):
        code, out, err = run(*arguments)
        assert (code, texts(out)) == (0, ["first", "second"])
        assert err.startswith("service:orders from ") and err.endswith("): 2 messages\n")
    assert [line.split()[1:4] for line in out.splitlines()] == [
        ["orders", "eu-a", "info"],
        ["orders", "us-a", "info"],
    ]


def test_five_minutes_around_an_event_over_several_services(run: Run, server: Graylog) -> None:
    event = datetime.now().astimezone() - timedelta(hours=3)
    for minutes, service in (
        (-6, "orders"),
        (-4, "orders"),
        (0, "catalog"),
        (4, "orders"),
        (6, "x"),
    ):
        ago = (datetime.now().astimezone() - event).total_seconds() - minutes * 60
        message(server, f"at {minutes}", seconds=ago, service=service)
    at = event.isoformat(timespec="seconds")
    assert texts(run("--with", "catalog", "--around", at)[1]) == ["at -4", "at 0", "at 4"]
    assert texts(run("--with", "x", "--around", at, "--minutes", "7")[1]) == [
        "at -6", "at -4", "at 4", "at 6",
    ]  # fmt: skip
    assert texts(run("orders", "--around", event.strftime("%H:%M:%S"))[1]) == ["at -4", "at 4"]


def test_errors_all_over_the_system(run: Run, server: Graylog) -> None:
    message(server, "fine")
    message(server, "bad", level=3, service="catalog")
    message(server, "worse", level=2)
    code, out, err = run("--all", "--level", "error")
    assert (code, sorted(texts(out))) == (0, ["bad", "worse"])
    assert err.startswith("level:<=3 from ")


def test_only_some_of_them(run: Run, server: Graylog) -> None:
    message(server, "Payment of order 7 failed", cluster="eu-b")
    message(server, "Order 7 placed", region="us-east-1", cluster="us-a")
    message(server, "Order 8 placed", account="test", cluster="test-eu")
    assert texts(run("--region", "us-east-1")[1]) == ["Order 7 placed"]
    assert texts(run("--cluster", "eu-b")[1]) == ["Payment of order 7 failed"]
    assert texts(run("--account", "test")[1]) == ["Order 8 placed"]
    assert sorted(texts(run("--text", "order 7")[1])) == [
        "Order 7 placed", "Payment of order 7 failed",
    ]  # fmt: skip
    assert run("--text", '7" OR message:"8')[0] == 1


def test_nothing_found_says_what_to_look_at(run: Run, server: Graylog) -> None:
    code, out, err = run("ordres")
    assert (code, out) == (1, "")
    assert "Nothing found: look at the time, at the names" in err
    assert f"{server.url}search?rangetype=absolute&from=" in err


def test_the_link_is_the_same_search_and_nobody_is_asked(
    run: Run, server: Graylog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAYLOG_TOKEN")
    code, out, _ = run(
        "--with", "catalog", "--level", "warning", "--around", "2026-11-23T14:32Z", "--url"
    )
    asked = parse_qs(urlsplit(out.strip()).query)
    assert code == 0 and out.startswith(f"{server.url}search?")
    assert asked == {
        "rangetype": ["absolute"],
        "from": ["2026-11-23T14:27:00.000Z"],
        "to": ["2026-11-23T14:37:00.000Z"],
        "q": ["service:(orders OR catalog) AND level:<=4"],
    }
    assert not server.asked


def test_colours_are_for_terminals_of_those_who_want_them(
    run: Run, server: Graylog, monkeypatch: pytest.MonkeyPatch
) -> None:
    message(server, "bad", level=3)
    assert "\x1b" not in run()[1]
    monkeypatch.setattr("click._compat.isatty", lambda stream: True)
    assert "\x1b[31m" in run()[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run()[1]


def test_more_than_a_page_and_more_than_is_wanted(run: Run, server: Graylog) -> None:
    for number in range(620):
        message(server, str(number), seconds=700 - number)
    _, out, err = run("--limit", "610")
    assert texts(out) == [str(number) for number in range(10, 620)]
    assert "610 messages, and more: say --limit, or less time" in err
    assert [asked["size"] for asked in server.asked] == [500, 111]
    at = written(datetime.now(UTC) - timedelta(seconds=400))
    _, out, err = run("--around", at, "--minutes", "10", "--limit", "3")
    assert texts(out) == ["0", "1", "2"] and "and more" in err
    assert "more" not in run("--limit", "700")[2]


def test_a_line_obeys_nobody_and_the_rest_of_a_text_is_indented(run: Run, server: Graylog) -> None:
    message(server, "boom\n\tat x\x1b[2J\r\nCaused by: y", level=3)
    out = run()[1].splitlines()
    assert out[0].endswith("  error    boom")
    assert out[1:] == ["        at x\ufffd[2J", "    Caused by: y"]


def test_a_machine_reads_an_object_a_line(run: Run, server: Graylog) -> None:
    made = message(server, "Ünï\nx")
    (line,) = run("--format", "json")[1].splitlines()
    # Graylog writes `-` for what a message does not have.
    assert json.loads(line) == {**made, "pod": None, "version": None, "level_name": None}


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ((401, {}, b""), 3, "the token is not valid\n      = make a new token at http"),
        ((403, {}, b"{}"), 3, "the token may not search"),
        ((302, {"Location": "https://login"}, b""), 3, "the answer is elsewhere"),
        ((200, {"Content-Type": "text/html"}, b"<html>Login</html>"), 3, "so that is no Graylog"),
        ((200, {}, b'{"rows": []}'), 3, "the answer is none of Graylog's"),
        ((404, {}, b""), 3, "there is no search"),
        ((400, {}, b'{"message": "no\\u001b[2J"}'), 2, "the query is refused: no [2J"),
        ((500, {}, b'{"message": "oops"}'), 3, "the answer is 500 oops"),
    ],
)
def test_an_answer_that_is_none(
    run: Run, server: Graylog, answer: Any, code: int, says: str
) -> None:
    server.answers = [answer]
    told = run()
    assert told[0] == code
    assert says in told[2]


def test_a_busy_server_is_asked_again(run: Run, server: Graylog) -> None:
    message(server, "there")
    server.answers = [(429, {"Retry-After": "0"}, b""), (503, {}, b""), (502, {}, b""), None]
    assert texts(run()[1]) == ["there"]
    server.answers = [(503, {}, b"")] * 20
    code, _, err = run()
    assert code == 3 and "the answer is 503" in err


def test_a_server_without_tls_is_not_said_to_have_a_bad_certificate(
    run: Run, server: Graylog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAYLOG_URL", server.url.replace("http:", "https:"))
    code, _, err = run()
    assert code == 3
    assert "whether it has to begin with http://" in err and "certificate" not in err


def test_nobody_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAYLOG_URL", "http://127.0.0.1:1")
    code, _, err = run()
    assert code == 3
    assert err == (
        "http://127.0.0.1:1/: nobody answers\n      = check GRAYLOG_URL, and that Graylog runs\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--around", "noon"], "`noon` is no time: write 14:32"),
        (["--around", "25:00"], "`25:00` is no time"),
        (["--all", "orders"], "Name services, or say --all."),
        (["--follow", "--around", "14:32"], "choose one"),
        (["--since", "soon"], "`soon` is not a length of time"),
        (["--since", "1h", "--around", "14:32"], "--since ends now"),
        (["--minutes", "9"], "--minutes belongs to --around"),
        (["--since", "999999999d"], "No calendar has that time."),
        (["--around", "9999-12-31T23:59Z"], "No calendar has that time."),
    ],
)
def test_what_cannot_be_meant(run: Run, arguments: list[str], says: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2 and says in err


def test_without_a_service_at_hand_one_has_to_be_named(
    run: Run, server: Graylog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "There is no pipeline.yaml here: name one, or say --all." in run()[2]
    message(server, "there")
    assert texts(run("orders")[1]) == ["there"]


def test_a_token_that_can_be_read_on_its_way_is_told_of(
    run: Run, server: Graylog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "without https" not in run()[2]
    # A name that nobody has: https://www.rfc-editor.org/rfc/rfc6761#section-6.4
    monkeypatch.setenv("GRAYLOG_URL", "http://graylog.invalid/")
    code, _, err = run()
    assert code == 3
    assert err.startswith("http://graylog.invalid/: without https the token can be read")


def test_a_file_that_is_at_fault_does_not_hide_the_logs(run: Run, server: Graylog) -> None:
    message(server, "there")
    Path("pipeline.yaml").write_text("nonsense: [")
    assert texts(run("orders")[1]) == ["there"]
    assert texts(run("--all")[1]) == ["there"]
    assert run()[0] == 2


def test_without_a_token_it_says_where_one_could_be(
    run: Run, server: Graylog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAYLOG_TOKEN")
    code, _, err = run()
    assert code == 2 and "set GRAYLOG_TOKEN" in err
    assert not server.asked


def test_followed_messages_come_once_and_late_ones_too(server: Graylog, tmp_path: Path) -> None:
    message(server, "beyond the limit", seconds=6)
    message(server, "before", seconds=5)
    environment = {
        **os.environ,
        "GRAYLOG_URL": server.url,
        "GRAYLOG_TOKEN": TOKEN,
        "XDG_CONFIG_HOME": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelinegen", "logs", "orders", "--follow", "--limit", "1"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().endswith("before\n")
        message(server, "after", seconds=0)
        assert process.stdout.readline().endswith("after\n")
        # Its time is before that of what is shown already.
        message(server, "late", seconds=4)
        assert process.stdout.readline().endswith("late\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "")
    assert "Interrupted" not in err and "Traceback" not in err
