"""The HTML that Jenkins and its web server answer with, as much of it as a client can rely on."""

from __future__ import annotations

import html
from urllib.parse import quote

from tests.lab.jenkins_server.http11 import REASONS

STATIC = "d7421cc0"
HTML = "text/html;charset=utf-8"
JETTY = "text/html;charset=iso-8859-1"


def layout(title: str, main: str, crumb: str, prefix: str = "") -> bytes:
    """A page in Jenkins' layout; its head carries the crumb of the session."""
    attributes = {
        "resURL": f"{prefix}/static/{STATIC}",
        "data-rooturl": prefix,
        "data-resurl": f"{prefix}/static/{STATIC}",
        "data-extensions-available": "true",
        "data-unit-test": "false",
        "data-imagesurl": f"{prefix}/static/{STATIC}/images",
        "data-crumb-header": "Jenkins-Crumb",
        "data-crumb-value": crumb,
    }
    head = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return (
        f"\n  \n  <!DOCTYPE html><html><head {head}><title>{html.escape(title)}</title></head>"
        f'<body><div id="main-panel">{main}</div></body></html>'
    ).encode()


def paragraph(title: str, text: str = "") -> str:
    return f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"


def oops(logging_id: str, trace: str | None) -> str:
    """jenkins/model/Jenkins/oops.jelly: the trace only where SHOW_STACK_TRACE is set."""
    shown = f"<h2>Stack trace</h2><pre>{html.escape(trace)}</pre>" if trace else ""
    return (
        '<h1>Oops!</h1><div id="error-description">'
        "<h2>A problem occurred while processing the request</h2>"
        f"<p>Logging ID={logging_id}</p></div>{shown}"
    )


def jetty(status: int, path: str, message: str = "") -> bytes:
    """The page of the web server below Jenkins."""
    said = html.escape(message or REASONS[status])
    rows = {"URI": html.escape(path), "STATUS": status, "MESSAGE": said, "SERVLET": "Stapler"}
    cells = "\n".join(f"<tr><th>{key}:</th><td>{value}</td></tr>" for key, value in rows.items())
    return (
        "<html>\n<head>\n"
        '<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n'
        f"<title>Error {status} {said}</title>\n</head>\n"
        f"<body><h2>HTTP ERROR {status} {said}</h2>\n<table>\n{cells}\n</table>\n\n"
        "</body>\n</html>\n"
    ).encode("latin-1", "replace")


def to_login(target: str, prefix: str = "") -> bytes:
    """hudson.security.HudsonAuthenticationEntryPoint: a browser is sent to the login."""
    address = f"{prefix}/login?from={quote(target, safe='')}"
    return (
        f"<html><head><meta http-equiv='refresh' content='1;url={address}'/>"
        f"<script id='redirect' data-redirect-url='{address}' "
        f"src='{prefix}/static/{STATIC}/scripts/redirect.js'></script></head>"
        "<body style='background-color:white; color:white;'>\n"
        "Authentication required\n<!--\n-->\n\n</body></html>"
    ).encode()


LOGIN = (
    b'<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method="post" '
    b'action="/sso"><input name="username"/><input type="password" name="password"/></form>'
    b"</body></html>"
)
"""What a proxy shows in front of Jenkins."""
