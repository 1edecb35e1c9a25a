"""The scene of a test of an alert: where and when it is, and how series are written.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pipelinegen.config.loaded import Config, Site
from pipelinegen.config.observability import seconds
from pipelinegen.plan.observed import Observed, Watch
from pipelinegen.plan.parts import namespace
from pipelinegen.render.promql import matchers
from pipelinegen.render.rule_parts import number


@dataclass(frozen=True)
class Case:
    """One test of one alert.

    Args:
        name: what happens.
        series: values by series, in the place of the test.
        told: the value with which each severity's alert fires; empty: none does.
        elsewhere: whether the same in another account must not be told.
    """

    name: str
    series: Mapping[str, str]
    told: Mapping[str, float] = field(default_factory=dict)
    elsewhere: bool = True


@dataclass(frozen=True)
class Scene:
    """Where and when a test is.

    Args:
        config: the service.
        seen: what is watched of it.
        watch: the alert.
        site: the cluster.
        end: when the alert is looked at, in seconds.
        step: seconds from one sample to the next.
        pods: whether the service has pods there at all.
    """

    config: Config
    seen: Observed
    watch: Watch
    site: Site
    end: int
    step: int
    pods: bool = True

    @property
    def samples(self) -> int:
        """How many samples follow the first one."""
        return self.end // self.step

    @property
    def window(self) -> float:
        """The alert's window in seconds."""
        return seconds(self.watch.window)

    def of_service(self, name: str, **more: str) -> str:
        """A series of the service's own."""
        return name + matchers(**self._place, service=self.seen.service, pod=self._pod, **more)

    def of_cluster(self, name: str, **more: str) -> str:
        """A series of something else in the cluster."""
        return name + matchers(**self._place, **more)

    def of_container(self, name: str, **more: str) -> str:
        """A series that kube-state-metrics tells of the container."""
        where = {"namespace": namespace(self.config), "pod": self._pod}
        return name + matchers(**self._place, **where, container=self.seen.service, **more)

    def of_deployment(self, name: str, release: str = "", **more: str) -> str:
        """A series that kube-state-metrics tells of the Deployment."""
        where = {"namespace": namespace(self.config), "deployment": release or self.seen.service}
        return name + matchers(**self._place, **where, **more)

    @property
    def _place(self) -> dict[str, str]:
        return {
            "account": self.site.account,
            "region": self.site.region,
            "cluster": self.site.name,
        }

    @property
    def _pod(self) -> str:
        return f"{self.seen.service}-1-a"

    def always(self, value: float) -> str:
        """The same all the time."""
        return f"{number(value)}x{self.samples}"

    def rising(self, by: float, within: float | None = None) -> str:
        """A counter that rises evenly, by so much within so many seconds (default: the window)."""
        step = Decimal(f"{by * self.step / (within or self.window):.12g}")
        return f"0+{number(step)}x{self.samples}"

    def late(self, value: float, age: float) -> str:
        """A series that begins so many seconds ahead of the end."""
        after = self.samples - int(age // self.step)
        return f"_x{after} {number(value)}x{self.samples - after}"

    def told(self, value: float) -> dict[str, float]:
        """The alert fires."""
        return {self.watch.severity: value}
