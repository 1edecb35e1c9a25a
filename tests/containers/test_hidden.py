"""A URL in a log has no password in it, and is otherwise the one that was named."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelinegen.containers.sources import hidden

SCHEMES = st.sampled_from(["http", "postgresql", "redis", "amqp", "mongodb+srv", "HTTPS", "s3"])
USERS = st.text(string.ascii_letters + string.digits + "-_.%", max_size=8)
HOSTS = st.sampled_from(["db", "db:5432", "[::1]:80", "db.example.com", "1.2.3.4:1"])
# What is found again when it is there: no other part of the URL has a capital X and Y.
SECRETS = st.text(min_size=1, max_size=12).map(lambda text: f"XY{text}YX")
TAILS = st.sampled_from(
    ["", "/", "/app", "/app?x=1", "?x=1", "#y", "/a:b", "/@me", "/a//b@c", "/?to=http://u:1@z/"]
)


@given(SCHEMES, USERS, SECRETS.map(lambda text: quote(text, safe="")), HOSTS, TAILS)
@example("http", "u", "XYsecretYX", "host", "//x@y")
@example("http", "u", "XYsecretYX", "host", "/?r=http://x:1@y")
@example("redis", "", "XY@:%YX", "cache", "/0")
def test_no_password_survives(scheme: str, user: str, password: str, host: str, tail: str) -> None:
    url = f"{scheme}://{user}:{password}@{host}{tail}"
    assert hidden(url) == f"{scheme}://{user}:***@{host}{tail}"


@given(SCHEMES, USERS, SECRETS, HOSTS, TAILS)
@example("postgresql", "u", "XYa//bYX", "host", "")
def test_no_password_survives_that_somebody_forgot_to_quote(
    scheme: str, user: str, password: str, host: str, tail: str
) -> None:
    shown = hidden(f"{scheme}://{user}:{password}@{host}{tail}")
    assert password not in shown
    # Nor the end of it, behind a character that ends a URL's authority.
    assert "YX" not in shown
    assert shown.startswith(f"{scheme}://")


@given(SCHEMES, USERS, HOSTS, TAILS, st.booleans())
@example("http", "", "localhost:8080", "/users/@me", False)
def test_a_url_without_a_password_is_shown_as_it_is(
    scheme: str, user: str, host: str, tail: str, with_user: bool
) -> None:
    url = f"{scheme}://{f'{user}@' if with_user else ''}{host}{tail}"
    assert hidden(url) == url


@pytest.mark.parametrize("text", ["", "catalog", "localhost:8080", "me@example.com", "redis:7"])
def test_what_is_no_url_is_shown_as_it_is(text: str) -> None:
    assert hidden(text) == text


def test_the_password_of_a_url_without_a_scheme_is_hidden() -> None:
    assert hidden("app:secret@db/app") == "app:***@db/app"


@pytest.mark.parametrize("key", ["password", "sslpassword", "PASSWORD", "token", "client_secret"])
def test_a_password_in_the_query_is_hidden(key: str) -> None:
    shown = hidden(f"postgresql://db/app?user=u&{key}=XYsecretYX&sslmode=require")
    assert shown == f"postgresql://db/app?user=u&{key}=***&sslmode=require"
