"""``pipelinegen.lock``: what was generated last, so that an edit by hand is seen."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipelinegen.errors import InputError, Problem
from pipelinegen.render.yamltext import dump

FILE = "pipelinegen.lock"
_NOTE = "# What `pipelinegen {}` wrote last, to tell its work from yours. Commit this file.\n"

# One reader of exactly what `text` writes costs a tenth of a YAML parser. No step of a path may
# be `..`: what a lock names is also removed.
_STEP = r"(?!\.\.?[/\":])[\w.-]+"
_ENTRY = re.compile(rf'  "?({_STEP}(?:/{_STEP})*)"?: "?([0-9a-f]{{40}})"?')
_VERSION = re.compile(r'version: "?([^"]+)"?')


@lru_cache(16)  # some files are the same for all services
def blob_id(text: str) -> str:
    """git's id of a file with this text, so that git can give its content back later."""
    raw = text.encode("utf-8", "surrogateescape")
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Lock:
    """The lock file.

    Args:
        version: the pipelinegen that wrote the files; empty when there is no lock yet.
        files: the blob id of each generated file.
        before: while files are being written, the ids that they had before; a run that was
            killed leaves it behind, and the next one then knows both versions as generated.
        command: which of pipelinegen's commands writes here.
    """

    version: str = ""
    files: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    command: str = field(default="generate", compare=False)

    def ours(self, path: str) -> list[str]:
        """The blob ids that `generate` itself may have left at ``path``, the oldest first."""
        return [ids[path] for ids in (self.before, self.files) if path in ids]

    def text(self) -> str:
        """The lock as it is written."""
        data = {"version": self.version, "files": self.files}
        body = dump({**data, "before": self.before} if self.before else data)
        return _NOTE.format(self.command) + body


def read(folder: Path) -> Lock:
    """The folder's lock; empty when there is none.

    Raises:
        InputError: the file is not a lock.
    """
    path = folder / FILE
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise _broken(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _broken(path, "it is not text") from None
    if "\n<<<<<<< " in text or text.startswith("<<<<<<< "):
        raise _broken(path, "it has conflict markers")
    return parse(path, text)


def parse(path: Path, text: str) -> Lock:
    """A lock from its text; ``path`` is for messages.

    Raises:
        InputError: the text is not a lock.
    """
    version = ""
    sections: dict[str, dict[str, str]] = {"files:": {}, "before:": {}}
    section: dict[str, str] | None = None
    for line in text.splitlines():
        if section is not None and (entry := _ENTRY.fullmatch(line)):
            section[entry[1]] = entry[2]
        elif line in sections:
            section = sections[line]
        elif found := _VERSION.fullmatch(line):
            version = found[1]
        elif line and not line.startswith("#") and line != "files: {}":
            raise _broken(path, f"pipelinegen does not write the line `{line}`")
    if not version:
        raise _broken(path, "its `version` is missing")
    return Lock(version, sections["files:"], sections["before:"])


def _broken(path: Path, why: str) -> InputError:
    hint = f"restore it: git checkout -- {FILE} (in a merge: take either side, then run again)"
    return InputError([Problem(str(path), 0, 0, f"cannot be read: {why}", hint)])
