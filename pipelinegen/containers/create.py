"""One container: started by testcontainers, whose reaper removes it when this process is killed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelinegen.containers import labels, reaper
from pipelinegen.containers.daemon import reason
from pipelinegen.containers.need import Need
from pipelinegen.containers.started import DependencyError

if TYPE_CHECKING:
    from docker.models.images import Image
    from testcontainers.core.container import DockerContainer

_TRIES = 5
_PORTS = range(20000, 32768)  # below those that Linux gives to clients
# The account, region and cluster of what runs here.
LOCAL = "local"


@dataclass(frozen=True)
class Site:
    """Where containers of a run are put.

    Args:
        network: the run's network.
        run: the run's name.
        labels: the labels of everything that belongs to it.
        host: where the ports are found that they publish; None: they publish none, since this
            process is on the network itself.
        reaped: whether testcontainers' reaper watches over them.
        gelf: where services send their logs, as host:port; None: nowhere.
    """

    network: str
    run: str
    labels: Mapping[str, str]
    host: str | None
    reaped: bool
    gelf: str | None = None


def alias(run: str, name: str) -> str:
    """A host name that no other run's container has: a process may be on several networks."""
    # A run's name may be longer than a name of DNS.
    return f"{name}-{hashlib.sha256(run.encode()).hexdigest()[:8]}"


def create(need: Need, site: Site) -> DockerContainer:
    """Start a container; it need not be ready.

    Raises:
        DependencyError: the image cannot be had, or Docker does not start it.
    """
    from docker.errors import APIError, DockerException

    for last in (False,) * (_TRIES - 1) + (True,):
        made = _container(need, site)
        try:
            reaper.start()
            return made.start()
        except APIError as error:
            made.stop()
            # By a container, or by a process of the machine.
            taken = need.recipe.outside and "already" in str(error)
            if last or not taken:
                raise _failure(need, made.image, error) from None
        except (DockerException, OSError) as error:
            raise _failure(need, made.image, error) from None
    raise AssertionError


def image_of(need: Need, tell: Callable[[str], None]) -> Image:
    """A need's image; it is pulled where it is not there.

    Raises:
        DependencyError: it cannot be had.
    """
    from docker.errors import DockerException, ImageNotFound
    from testcontainers.core.container import DockerContainer

    made = DockerContainer(need.image)
    images = made.get_docker_client().client.images
    try:
        try:
            return images.get(made.image)
        except ImageNotFound:
            tell(f"{need.name}: pulling {made.image}")
            return images.pull(made.image)
    except DockerException as error:
        raise _failure(need, made.image, error) from None


def _container(need: Need, site: Site) -> DockerContainer:
    from docker.types import EndpointConfig
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    # Of this process as a whole; a run that is to stay has a process of its own.
    testcontainers_config.ryuk_disabled = testcontainers_config.ryuk_disabled or not site.reaped
    recipe = need.recipe
    made = DockerContainer(need.image)
    client = made.get_docker_client().client
    port = 0
    if site.host and recipe.outside:
        port = random.choice(_PORTS)
        made.with_bind_ports(recipe.outside, port)
    elif site.host and need.port:
        made.with_exposed_ports(need.port)
    name = alias(site.run, need.name)
    where = {"alias": name, "host": site.host or name, "port": port}
    for key, value in {**recipe.env, **need.env}.items():
        made.with_env(key, value.format(**where) if key in recipe.env else value)
    if recipe.command:
        made.with_command(recipe.command)
    endpoint = EndpointConfig(client.api.api_version, aliases=[need.name, name])
    fields = gelf_fields(need) if site.gelf and need.type == "service" else {}
    return made.with_kwargs(
        **_logging(site.gelf, fields),
        network=site.network,
        networking_config={site.network: endpoint},
        labels={
            **site.labels,
            labels.DEPENDENCY: need.name,
            labels.PORT: str(need.port),
            labels.PUBLISHED: str(recipe.outside or need.port),
            labels.URL: need.value("{host}", "{port}"),
            labels.INSIDE: need.inside,
            **({labels.VARIABLE: need.variable} if need.variable and not need.private else {}),
            **fields,
        },
        # A browser's pages crash in the 64 MB that a container has by default.
        shm_size="2g",
        # By this name a container reaches what runs on the machine itself.
        extra_hosts={"host.docker.internal": "host-gateway"},
    )


def gelf_fields(need: Need) -> dict[str, str]:
    """The fields of a service's messages that its pod's labels are in a cluster."""
    name, _, digest = need.image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    here = dict.fromkeys(("account", "region", "cluster"), LOCAL)
    version = tag or digest or "latest"
    return {"container_name": need.name, "service": need.name, "version": version, **here}


def _logging(address: str | None, fields: Mapping[str, str]) -> dict[str, Any]:
    """Docker's own driver, to which a container's labels are fields; `docker logs` still works.

    https://docs.docker.com/engine/logging/drivers/gelf/
    """
    from docker.types import LogConfig

    if not fields:
        return {}
    config = {"gelf-address": f"udp://{address}", "labels": ",".join(fields)}
    return {"log_config": LogConfig(type=LogConfig.types.GELF, config=config)}


def _failure(need: Need, image: str, error: Exception) -> DependencyError:
    said = getattr(error, "explanation", None) or reason(error)
    hint = "look at what Docker says"
    if "ryuk" in str(error):
        hint = (
            "testcontainers' reaper cannot be started: name an image of it that can be pulled in "
            "RYUK_CONTAINER_IMAGE, or set TESTCONTAINERS_RYUK_DISABLED=true"
        )
    elif "logging driver" in said:
        hint = "name a host with `--gelf` that Docker's machine knows"
    elif any(word in said.lower() for word in ("pull", "not found", "manifest", "lookup")):
        hint = (
            f"`docker pull {image}` must work: name another image with `--dependency-image "
            f"{need.name}=IMAGE`, or a mirror's prefix in TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX"
        )
    return DependencyError(f"{need.name} ({image}) did not start: {said}\n      = {hint}")
