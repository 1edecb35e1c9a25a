"""What servers answer, and what it means when they do not."""

from __future__ import annotations

import requests

from pipelinegen.credentials import Kind

# To connect, and between two parts of an answer.
SECONDS = (10.0, 60.0)


def said(answer: requests.Response) -> str:
    """The server's own words, as a line without anything that a terminal would obey."""
    try:
        told = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return ""
    return "".join(c if c.isprintable() else " " for c in told)[:300]


def no_answer(error: requests.RequestException, kind: Kind) -> str:
    """What it means that there was no answer, and what to do.

    The error's own text is not told: it may hold the whole request.
    """
    if isinstance(error, requests.exceptions.SSLError):
        if "CERTIFICATE" in str(error):
            return (
                "its certificate is not trusted\n"
                "      = name the file of its authority's certificate with --ca"
            )
        return (
            "the connection cannot be secured\n"
            f"      = check the port of {kind.prefix}_URL, and whether it has to begin with http://"
        )
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return f"nobody answers\n      = check {kind.prefix}_URL, and that {kind.name} runs"
