"""A Groovy script in a JVM of its own, which answers each line of JSON with one."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any


class JvmError(Exception):
    """It ended, did not answer in time, or failed; the text says which."""


class JsonServer:
    """The script, which starts at the first request, and anew after it has ended.

    Args:
        name: what it is, for messages.
        script: the script.
        java: the Java that runs it.
        jars: the class path, Groovy's own jar among them.
    """

    def __init__(self, name: str, script: Path, java: Path, jars: Sequence[Path]) -> None:
        self._name = name
        self._path = os.pathsep.join(map(str, jars))
        options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", self._path]
        self._command = [str(java), *options, "groovy.ui.GroovyMain", str(script)]
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of its process, while it runs."""
        return self._process.pid if self._process else None

    def ask(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Its reply.

        Args:
            request: what it gets.
            timeout: seconds for the reply; then it is ended.

        Raises:
            JvmError: there is none, or it is of a failure.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        # Ends a write as well as a read: either blocks when the other side is stuck.
        deadline = threading.Timer(timeout, kill)
        deadline.start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            deadline.cancel()
            deadline.join()
        if not line:
            told = f"no answer in {timeout} s" if late.is_set() else self._last_words()
            self.close()
            raise JvmError(told)
        reply: dict[str, Any] = json.loads(line)
        if "failed" in reply:
            raise JvmError(reply["failed"])
        return reply

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                encoding="ascii",
            )
        return self._process

    def _last_words(self) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        told = self._errors.read()[-2000:].decode(errors="replace")
        return f"{self._name} ended: {told}"
