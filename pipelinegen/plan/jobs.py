"""The items that a Jenkins server should have: folders, multibranch jobs and pipeline jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipelinegen.config.jobs import Jobs, PipelineJob, filled
from pipelinegen.errors import InputError, Problem
from pipelinegen.plan.sources import Branches, branch_source


@dataclass(frozen=True)
class Declared:
    """A service that has a job.

    Args:
        name: its name.
        team: its team.
        where: the file that declares it, for messages.
        jobs: its platform's settings.
        library: the shared library's name and version.
        origin: its own repository, or that of its clone.
        own_origin: whether it counts before the platform's pattern.
        links: what its description links to unless the platform says something else, by name.
        path: its folder within the repository; empty is the top.
        description: one sentence for people.
        main_branch: what its pipeline jobs check out.
        pipelines: jobs beside the multibranch one.
    """

    name: str
    team: str
    where: str
    jobs: Jobs
    library: tuple[str, str]
    origin: str | None = None
    path: str = ""
    description: str = ""
    main_branch: str = "main"
    pipelines: Mapping[str, PipelineJob] = field(default_factory=dict)
    own_origin: bool = False
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The full name of its team's folder."""
        return filled(self.jobs.folder, self.team)


@dataclass(frozen=True)
class Library:
    """A shared library that a folder brings along."""

    name: str
    version: str
    repository: str
    credentials: str | None


# Lines of text, and links: a name and an address.
About = tuple[str | tuple[str, str], ...]


@dataclass(frozen=True)
class Item:
    """Something that is on the server under a full name.

    Args:
        path: its full name, folders before it with `/`.
        about: what its description says, a line each.
        html: whether the description is HTML.
    """

    path: str
    about: About = ()
    html: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The full name of what it is in; empty is Jenkins itself."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True)
class Folder(Item):
    """A folder. ``path_only``: it only leads to others, and may be anybody's."""

    library: Library | None = None
    path_only: bool = False


_NOWHERE = Branches("git", "", None)


@dataclass(frozen=True)
class Multibranch(Item):
    """A job that finds the branches of a repository and makes a job for each."""

    branches: Branches = _NOWHERE
    script: str = "Jenkinsfile"
    keep_days: int | None = None
    keep_number: int | None = None
    scan: str | None = None


@dataclass(frozen=True)
class Pipeline(Item):
    """A job that runs one Jenkinsfile of one branch."""

    repository: str = ""
    credentials: str | None = None
    branch: str = "main"
    script: str = "Jenkinsfile"
    cron: str | None = None


def items(services: Iterable[Declared]) -> list[Item]:
    """All that the services need, folders before what is in them, in the order of their names.

    Args:
        services: what is declared.

    Raises:
        InputError: two of them want the same place, or no repository is known of one.
    """
    found: dict[str, tuple[Item, Declared]] = {}
    problems: list[Problem] = []
    for service in sorted(services, key=lambda each: (each.folder, each.name)):
        try:
            wanted = [*_folders(service), *_jobs(service)]
        except InputError as error:
            problems += error.problems
            continue
        for item in wanted:
            # Jenkins finds an item in any case.
            there, other = found.setdefault(item.path.lower(), (item, service))
            if there != item:
                problems.append(_collision(item, service, there, other))
    if problems:
        raise InputError(problems)
    made = [item for item, _ in found.values()]
    return sorted(made, key=lambda item: (item.path.count("/"), item.path))


def _collision(item: Item, service: Declared, there: Item, other: Declared) -> Problem:
    if isinstance(item, Folder) and isinstance(there, Folder):
        message = f"the folder `{item.path}` would be another one for {other.where}"
        hint = "their platforms differ in `jenkins.jobs`: `folder`, `library` or `links`"
        return Problem(service.where, 0, 0, message, hint)
    message = f"the job `{item.path}` is declared in {other.where}, too"
    return Problem(service.where, 0, 0, message, "give one of them another name")


def _folders(service: Declared) -> Iterator[Folder]:
    parts = service.folder.split("/")
    for end in range(1, len(parts)):
        yield Folder("/".join(parts[:end]), ("Folders of teams",), path_only=True)
    jobs = service.jobs
    library = None
    if jobs.library is not None:
        repository = filled(jobs.library.repository, service.team)
        library = Library(*service.library, repository, jobs.library.credentials)
    about = [f"Services of the team {service.team}"]
    links = ((name, link) for name, link in jobs.links.items() if "{service}" not in link)
    yield Folder(
        service.folder,
        (*about, *((name, filled(link, service.team)) for name, link in links)),
        jobs.markup == "html",
        library,
    )


def _jobs(service: Declared) -> Iterator[Item]:
    jobs, repository = service.jobs, _repository(service)
    said = {k: filled(link, service.team, service.name) for k, link in jobs.links.items()}
    links = {**service.links, **said}.items()
    text = [service.description] if service.description else []
    about: About = (*text, f"Team: {service.team}", *links)
    html = jobs.markup == "html"
    path = f"{service.folder}/{service.name}"
    top = f"{service.path}/" if service.path not in ("", ".") else ""
    yield Multibranch(
        path,
        about,
        html,
        branch_source(jobs, repository, service.where),
        f"{top}Jenkinsfile",
        jobs.orphans.keep_days,
        jobs.orphans.keep_number,
        jobs.scan,
    )
    for name, job in service.pipelines.items():
        yield Pipeline(
            f"{path}-{name}",
            about,
            html,
            repository,
            jobs.source.credentials,
            service.main_branch,
            f"{top}{job.script}",
            job.cron,
        )


def _repository(service: Declared) -> str:
    said = service.jobs.source.repository
    if said is not None and not service.own_origin:
        return filled(said, service.team, service.name)
    if service.origin:
        return service.origin
    hint = (
        "set `jenkins.jobs.source.repository` in platform.yaml, for example to "
        "`https://git.example.com/{team}/{service}.git`"
    )
    message = f"the repository of `{service.name}` is not known: its clone has no remote `origin`"
    raise InputError([Problem(service.where, 0, 0, message, hint)])
