"""The dependencies of one pytest process: found by name, brought up once, told apart by test."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from pipelinegen.config import FILE
from pipelinegen.config.declared import declared
from pipelinegen.config.dependency import WEB
from pipelinegen.config.dependency import Dependency as Said
from pipelinegen.containers.group import Containers
from pipelinegen.containers.need import Need, need
from pipelinegen.containers.sources import Sources, hidden
from pipelinegen.containers.started import Started
from pipelinegen.errors import PipelinegenError
from pipelinegen.testing.objects import Dependency
from pipelinegen.testing.reachable import check
from pipelinegen.testing.web import CLASSES, Web


class Session:
    """What one pytest process has of dependencies.

    Args:
        run: the name of the test run, which its workers share.
        folder: where pipeline.yaml is looked for, upwards.
        sources: what options and the environment say.
        worker: the worker's name, in what is its own.
        owner: the process that stands for the run.
        keep: whether the containers stay, to be taken by the next run.
        tell: gets a line when something takes long.
    """

    def __init__(
        self,
        run: str,
        folder: Path,
        sources: Sources,
        *,
        worker: str,
        owner: int,
        keep: bool,
        tell: Callable[[str], None],
    ) -> None:
        self._run = run
        self._folder = folder
        self.sources = sources
        self._who = re.sub("[^a-z0-9]", "", worker.lower()) or "test"
        self._keep = keep
        self._owner = owner
        self.tell = tell
        # For the report: a line for each dependency that was asked for.
        self.told: dict[str, str] = {}
        self.started: dict[str, Started] = {}

    @cached_property
    def file(self) -> Path | None:
        """The service's pipeline.yaml; None: there is none."""
        for folder in (self._folder, *self._folder.parents):
            if (folder / FILE).is_file():
                return folder / FILE
            if (folder / ".git").exists():
                break
        return None

    @cached_property
    def declared(self) -> dict[str, Said]:
        """What pipeline.yaml declares.

        Raises:
            InputError: it is at fault.
        """
        return declared(self.file) if self.file else {}

    @cached_property
    def containers(self) -> Containers:
        """The run's containers.

        Raises:
            OutsideError: Docker does not answer.
        """
        owner = None if self._keep else self._owner
        return Containers(self._run, owner=owner, tell=self.tell)

    def close(self, *, shared: bool) -> None:
        """End; the containers go, unless other processes of the run share them."""
        if "containers" in self.__dict__:
            self.containers.close(keep=self._keep or shared)

    def name_of(self, kind: str) -> str:
        """The dependency that is meant by its type: the only one of it, else one by itself.

        Raises:
            PipelinegenError: there are several.
        """
        found = [name for name, said in self.declared.items() if said.type == kind]
        if len(found) > 1:
            raise PipelinegenError(
                f"{self.file}: there are {len(found)} of type {kind}: {', '.join(found)}\n"
                f'      = take one by its name: `dependency("{found[0]}")`'
            )
        return found[0] if found else kind

    def given(self, name: str, argument: str | None = None) -> Dependency | None:
        """It as it runs already, when somebody has said where.

        Raises:
            PipelinegenError: what was said is no URL.
        """
        said = self.declared.get(name)
        # A variable with a format of its own does not hold a URL.
        variable = said.env if said and not said.format else None
        given = self.sources.url(name, variable, argument)
        if given is None:
            return None
        web = given.value.startswith(("http://", "https://"))
        make = CLASSES.get(said.type if said else name, Web if web else Dependency)
        return make(name, given.value, given.source)

    def check(self, names: Iterable[str] | None = None) -> None:
        """Look whether those answer that are said to run somewhere.

        Args:
            names: which of them; None: all.

        Raises:
            PipelinegenError: one does not, or what was said is no URL.
        """
        every = dict.fromkeys([*self.declared, *self.sources.urls])
        for name in every if names is None else names:
            if found := self.given(name):
                check(found)

    def need(self, name: str, ad_hoc: Said | None = None) -> Need:
        """What is brought up for a name.

        Args:
            name: its name in pipeline.yaml, or a type.
            ad_hoc: what the test itself says of one that nobody declares.

        Raises:
            PipelinegenError: nothing has that name, or the test has no say in it.
        """
        said = self.declared.get(name)
        if ad_hoc is not None and (said is not None or name in CLASSES):
            where = f"{self.file} declares it" if said else "that is a type"
            raise PipelinegenError(
                f'dependency("{name}", image=…): {where}; '
                f"another image is chosen with `--dependency-image {name}=…`"
            )
        said = said or ad_hoc
        if said is None and name in CLASSES and name not in WEB:
            said = Said.model_validate({"type": name})
        if said is None:
            where = f"{self.file} declares" if self.file else f"there is no {FILE}; types are"
            types = [name for name in CLASSES if name not in WEB]
            known = list(self.declared) if self.file else types
            close = get_close_matches(name, known, 1)
            mean = f"\n      = did you mean `{close[0]}`?" if close else ""
            told = f"there is no dependency `{name}`: {where} {', '.join(known) or 'none'}"
            raise PipelinegenError(told + mean)
        override = self.sources.image(name, said.type)
        if said is ad_hoc and said.image:
            override = override or (said.image, "the test")
        folder = self.file.parent if self.file else self._folder
        registry = None
        if said.type == "service" and not (override or said.image):
            registry = self._registry
        return need(name, said, folder, override, registry)

    @cached_property
    def _registry(self) -> str | None:
        """Where the organisation's images are; None where its platform is not at hand."""
        from pipelinegen.config.load import Loader

        try:
            found = Loader().service(self.file).platform.model.registry if self.file else None
        except PipelinegenError:
            return None
        return found.url if found else None

    def up(self, *names: str) -> None:
        """Bring up side by side what does not run elsewhere.

        Raises:
            PipelinegenError: one is not known, or does not come up.
        """
        self.start(*(self.need(name) for name in names if not self.given(name)))

    def start(self, *needs: Need) -> None:
        """Bring up what this process has not brought up yet.

        Raises:
            DependencyError: one does not come up.
        """
        missing = [each for each in needs if each.name not in self.started]
        if missing:
            self.started |= self.containers.get_all(missing)

    @contextlib.contextmanager
    def dependency(
        self, name: str, argument: str | None = None, ad_hoc: Said | None = None
    ) -> Iterator[Dependency]:
        """A dependency, with a part of its own where it is a container of ours.

        Args:
            name: its name in pipeline.yaml, or a type.
            argument: a URL that wins over all others.
            ad_hoc: what the test itself says of one that nobody declares.

        Raises:
            PipelinegenError: it is not known, or does not come up.
        """
        if found := self.given(name, argument):
            check(found)
            self.report(found)
            yield found
            return
        wanted = self.need(name, ad_hoc)
        self.start(wanted)
        started = self.started[wanted.name]
        part = started.own(self._who) if wanted.type not in WEB else ""
        source = f"a container of {started.image} ({wanted.source})"
        found = CLASSES[wanted.type](name, started.url(part), source, started.image, part)
        self.report(found)
        try:
            yield found
        finally:
            if part:
                started.drop(part)

    def report(self, found: Dependency) -> None:
        """Remember where a dependency runs, for `--dependency-report`."""
        self.told[found.name] = f"{found.name}: {hidden(found.url)} from {found.source}"


def run_name(keep: bool, folder: Path) -> str:
    """The name of a new run; containers that are kept are found again by that of their folder."""
    import hashlib
    import uuid

    if not keep:
        return f"test-{uuid.uuid4().hex[:8]}"
    return f"kept-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"
