"""Where Alertmanager's messages end in tests: Slack's webhook, and a mail server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Sinks:
    """What arrived.

    Args:
        slack_url: an incoming webhook.
        smtp: host:port of the mail server.
    """

    slack_url: str = ""
    smtp: str = ""
    slack: list[dict[str, Any]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def sinks() -> Iterator[Sinks]:
    """Both, as long as the block runs.

    The webhook refuses what Slack refuses: what is no JSON, and a message without text. See
    https://api.slack.com/messaging/webhooks#handling_errors
    """
    arrived = Sinks()

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = _taken(arrived, self.path, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Mailbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            mail["X-Recipients"] = ", ".join(envelope.rcpt_tos)
            arrived.mails.append(mail)
            return "250 OK"

    web = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    thread = Thread(target=web.serve_forever, daemon=True)
    thread.start()
    mail = _Anywhere(Mailbox(), hostname="127.0.0.1", port=0)
    mail.start()
    try:
        arrived.slack_url = f"http://127.0.0.1:{web.server_port}/services/T0/B0/x"
        arrived.smtp = f"127.0.0.1:{mail.bound}"
        yield arrived
    finally:
        mail.stop()
        web.shutdown()
        web.server_close()
        thread.join()


class _Anywhere(Controller):
    """On a free port, which it says."""

    @property
    def bound(self) -> int:
        server: Any = self.server
        return int(server.sockets[0].getsockname()[1])

    def _trigger_server(self) -> None:
        # The original connects to the port that was asked for, which is 0 here.
        self.port = self.bound
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _taken(arrived: Sinks, path: str, body: bytes) -> tuple[int, bytes]:
    if not path.startswith("/services/"):
        return 404, b"no_service"
    try:
        message = json.loads(body)
    except ValueError:
        return 400, b"invalid_payload"
    if not message.get("text") and not message.get("attachments"):
        return 400, b"no_text"
    arrived.slack.append(message)
    return 200, b"ok"
