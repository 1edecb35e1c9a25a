"""A service's tests, run by a pytest of their own, and containers that only seem to be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from textwrap import dedent

# What a test run imports in this process stays imported: a run of its own forgets what it has
# imported itself, and would import all of it once more.
import docker  # noqa: F401
import pytest
import selenium.webdriver  # noqa: F401

import pipelinegen.testing.logs
import pipelinegen.testing.make  # noqa: F401
from pipelinegen.containers.need import Need
from pipelinegen.containers.place import Place
from pipelinegen.containers.started import Started
from tests.containers.given import FakeContainer, started
from tests.helpers import write_tree

PIPELINE = """\
apiVersion: pipelinegen/v1
service: {name: orders, team: shop}
dependencies:
  catalog: {type: http, env: CATALOG_URL}
  db: {type: postgres, env: DATABASE_URL}
  cache: {type: redis, env: CACHE_URL}
"""


class Project:
    """A folder with pipeline.yaml and tests.

    Args:
        pytester: pytest's own fixture for it.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        # Nothing is looked for above it.
        (self.path / ".git").mkdir()
        self.write({"pipeline.yaml": PIPELINE})

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of it."""
        write_tree(self.path, {name: dedent(text) for name, text in files.items()})

    def run(self, tests: str, *options: str, alone: bool = False) -> pytest.RunResult:
        """Run tests.

        Args:
            tests: a module of them.
            options: pytest's.
            alone: whether in a process of their own.
        """
        self.write({"test_it.py": tests})
        run = self.pytester.runpytest_subprocess if alone else self.pytester.runpytest_inprocess
        return run("-p", "no:cacheprovider", "-W", "error", *options)

    def passes(self, tests: str, *options: str) -> pytest.RunResult:
        """Run tests that pass, all of them."""
        result = self.run(tests, *options)
        assert result.ret == pytest.ExitCode.OK
        return result

    def refused(self, tests: str, *options: str) -> str:
        """What is told before the first of the tests, which are not run."""
        result = self.run(tests, *options)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert "Traceback" not in result.stderr.str() + result.stdout.str()
        result.stdout.fnmatch_lines(["*no tests ran in*"])
        told = result.stderr.str().strip()
        assert told.startswith("ERROR: ")
        return told.removeprefix("ERROR: ")


class Fakes:
    """The containers of a run, as `Containers` makes them."""

    def __init__(self) -> None:
        self.box = FakeContainer()
        self.ports: dict[str, int] = {}
        self.batches: list[list[str]] = []
        self.needs: dict[str, Need] = {}
        self.owned: bool | None = None
        self.kept: bool | None = None
        self.run = "run"
        self.place = Place(None, "localhost")
        self.daemon = None
        # What the images of services say, by their names.
        self.labels: Mapping[str, str] = {}

    def __call__(self, run: str, *, owner: int | None, tell: Callable[[str], None]) -> Fakes:
        assert self.owned is None, "one process connects once"
        self.owned = owner is not None
        return self

    def get_all(self, needs: Iterable[Need]) -> dict[str, Started]:
        """All of them are up at once."""
        new = {need.name: need for need in needs}
        assert not set(new) & set(self.needs), "each is started once"
        self.needs |= new
        self.batches.append(list(new))
        return {
            name: started(need, self.box, "127.0.0.1", self.ports.get(name, 1))
            for name, need in new.items()
        }

    def label(self, need: Need, label: str) -> str | None:
        """What an image says."""
        return self.labels.get(need.name)

    def close(self, *, keep: bool) -> None:
        """The end."""
        assert self.kept is None, "it ends once"
        self.kept = keep
