"""moto's server, behind LocalStack's port and with its check of health."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

# By name: the image has these, but no type checker needs to.
moto = import_module("moto.server")
serving = import_module("werkzeug.serving")

SERVICES = ("dynamodb", "events", "kms", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts")
HEALTH = {
    "services": dict.fromkeys(SERVICES, "available"),
    "edition": "community",
    "version": "4.0.0",
}

aws = moto.DomainDispatcherApplication(moto.create_backend_app)


def application(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    if environment["PATH_INFO"] == "/_localstack/health":
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(HEALTH).encode()]
    # As LocalStack has it: an access key of twelve digits is the account's number.
    key = re.search(r"Credential=(\d{12})/", environment.get("HTTP_AUTHORIZATION", ""))
    environment["HTTP_X_MOTO_ACCOUNT_ID"] = key[1] if key else "0" * 12
    answer: Iterable[bytes] = aws(environment, start)
    return answer


def main() -> None:
    # The first process of a container ignores signals that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = serving.make_server("0.0.0.0", 4566, application, threaded=True)
    # It listens by now. Clients wait for this word.
    print("Ready.")
    server.serve_forever()


if __name__ == "__main__":
    main()
