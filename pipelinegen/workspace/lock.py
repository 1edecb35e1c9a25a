"""``pipelinegen.lock``: what was generated last, so that an edit by hand is seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from pipelinegen import __version__
from pipelinegen.errors import InputError, Problem
from pipelinegen.render.yamltext import dump

FILE = "pipelinegen.lock"
_NOTE = "# What `pipelinegen generate` wrote last, to tell its work from yours. Commit this file.\n"


def blob_id(text: str) -> str:
    """git's id of a file with this text, so that git can give its content back later."""
    raw = text.encode("utf-8")
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Lock:
    """The lock file.

    Args:
        version: the pipelinegen that wrote the files.
        files: the blob id of each generated file.
        before: while files are being written, the ids that they had before; a run that was
            killed leaves it behind, and the next one then knows both versions as generated.
    """

    version: str = __version__
    files: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    def ours(self, path: str) -> set[str]:
        """The blob ids that `generate` itself may have left at ``path``."""
        return {ids[path] for ids in (self.files, self.before) if path in ids}

    def text(self) -> str:
        """The lock as it is written."""
        data = {"version": self.version, "files": self.files}
        return _NOTE + dump({**data, "before": self.before} if self.before else data)


def read(folder: Path) -> Lock:
    """The folder's lock; empty when there is none.

    Raises:
        InputError: the file is not a lock.
    """
    path = folder / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Lock(files={})
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path, str(error)) from None
    if "\n<<<<<<< " in text:
        raise _broken(path, "it has conflict markers")
    try:
        data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        files, before = dict(data.get("files") or {}), dict(data.get("before") or {})
        return Lock(str(data["version"]), files, before)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError):
        raise _broken(path, "it is not what pipelinegen writes") from None


def _broken(path: Path, why: str) -> InputError:
    hint = f"restore it: git checkout -- {FILE} (in a merge: take either side, then run generate)"
    return InputError([Problem(str(path), 0, 0, f"cannot be read: {why}", hint)])
