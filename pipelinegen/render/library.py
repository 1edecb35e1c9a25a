"""The shared library as an organisation's own repository: ``{path: text}``."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from pipelinegen import __version__, data
from pipelinegen.config.loaded import PlatformFile
from pipelinegen.render.quoting import groovy, groovy_key
from pipelinegen.render.templates import render

COMMAND = "library export"
TAG = f"v{__version__}"
DEFAULTS = "vars/platformDefaults.groovy"
PLATFORM = "resources/pipelinegen/platform.yaml"
CONFIGURATION = "jenkins.yaml"

# What stands for the remote until somebody says it.
CHANGE_THIS = "https://git.example.com/CHANGE-THIS.git"

_MADE = f"Made by pipelinegen {__version__}"
_ANY_MADE = re.compile(r"\A# Made by pipelinegen [^\n]*\n")
# A comment of Groovy ends where an escaped line end stands, one of Markdown at `-->`.
_NOT_IN_A_COMMENT = re.compile(r"[^\w./:@%+~ -]")


def files(platform: PlatformFile, remote: str | None) -> dict[str, str]:
    """Everything that the library's repository gets, by path.

    Args:
        platform: the organisation's platform; without a document, what holds where there is none.
        remote: where Jenkins finds the repository; None when nobody has said it.
    """
    renewed = f"{_MADE}: `pipelinegen {COMMAND}` renews it, and merges your edits."
    source = _source(platform)
    from_platform = (
        f"{_MADE} from {source}: change that file, then run `pipelinegen {COMMAND}`."
        if source
        else f"{_MADE} without a platform.yaml: name one with `pipelinegen {COMMAND} --platform`."
    )
    shipped = {f"vars/{p.name}": p.read_text("utf-8") for p in sorted(data.library().iterdir())}
    made = {path: text for path, text in shipped.items() if path.endswith((".groovy", ".txt"))}
    for path in made:
        # Jenkins shows the help as it stands, so it has no such line.
        if path.endswith(".groovy"):
            made[path] = f"// {renewed}\n{made[path]}"
    defaults = [(groovy_key(key), groovy(value)) for key, value in _defaults(platform).items()]
    made[DEFAULTS] = render(
        "library/vars/platformDefaults.groovy.j2", header=f"// {from_platform}\n", defaults=defaults
    )
    if platform.document is not None:
        text = _ANY_MADE.sub("", platform.document.text.replace("\r\n", "\n"))
        made[PLATFORM] = f"# {from_platform}\n{text}" + ("" if text.endswith("\n") else "\n")
    made[CONFIGURATION] = render(
        "library/jenkins.yaml.j2",
        header=f"# {renewed}\n",
        library=platform.model.jenkins.library,
        version=TAG,
        # The plugin puts a variable in where `${` stands without `^` before it.
        remote=(remote or CHANGE_THIS).replace("${", "^${"),
        known=remote is not None,
    )
    made["README.md"] = render(
        "library/README.md.j2",
        header=f"<!-- {renewed} -->\n",
        library=platform.model.jenkins.library,
        version=TAG,
        steps=_steps(made),
        platform=PLATFORM if PLATFORM in made else None,
    )
    return made


def registered(text: str) -> str | None:
    """The remote that a ``jenkins.yaml`` names, None when it names none that Jenkins could use."""
    import yaml

    try:
        (library,) = yaml.safe_load(text)["unclassified"]["globalLibraries"]["libraries"]
        remote = library["retriever"]["modernSCM"]["scm"]["git"]["remote"]
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        return None
    if not isinstance(remote, str) or remote == CHANGE_THIS:
        return None
    return remote.replace("^${", "${")


def without_secrets(url: str) -> str:
    """A URL that may be shown and written: no password and no token in it.

    The user of an `ssh:` URL stays: it is part of the address.
    """
    url = re.sub(r"\A(https?://)[^/]*@", r"\1", url, flags=re.IGNORECASE)
    return re.sub(r"\A([a-z][a-z0-9+.-]*://[^/:@]*):[^/]*@", r"\1@", url, flags=re.IGNORECASE)


def _source(platform: PlatformFile) -> str | None:
    """The platform's name: of a path the last part, since people have it in different folders."""
    if platform.document is None:
        return None
    path = platform.document.path
    if path.startswith(("http://", "https://")):
        parts = urlsplit(without_secrets(path))
        name = f"{parts.scheme}://{parts.netloc}{parts.path}"
    else:
        name = path.rpartition("/")[2]
    return _NOT_IN_A_COMMENT.sub("?", name)


def _defaults(platform: PlatformFile) -> dict[str, Any]:
    """What the steps take where their call says nothing; as their arguments have it."""
    model = platform.model
    registry, notify = model.registry, model.notify
    found = {
        "registry": registry and registry.url,
        "credentials": registry and registry.credentials,
        "label": model.jenkins.label,
        "dockerGroup": model.jenkins.docker_group,
        "slack": notify and notify.slack,
        "email": ",".join(notify.email) or None if notify else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _steps(made: dict[str, str]) -> list[tuple[str, str]]:
    """Each step with the first sentence of what its help says below the example."""
    found = []
    for path, text in sorted(made.items()):
        if path.startswith("vars/") and path.endswith(".txt"):
            said = text.split("\n\n")[1].replace("\n", " ") if "\n\n" in text else ""
            sentence = re.split(r"(?<=\.)\s", said, maxsplit=1)[0]
            found.append((path.removeprefix("vars/").removesuffix(".txt"), sentence.strip()))
    return found
