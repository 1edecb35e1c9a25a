"""A stand-in for Jenkins' HTTP API: README.md says what it models, and after what."""

from __future__ import annotations

from tests.lab.jenkins_server import faults
from tests.lab.jenkins_server.builds import Build, Outcome
from tests.lab.jenkins_server.faults import Fault
from tests.lab.jenkins_server.model import Folder, FreeStyle, Item, Job, MultiBranch, Pipeline
from tests.lab.jenkins_server.security import EVERYTHING, READER, User
from tests.lab.jenkins_server.server import JenkinsServer, Seen

__all__ = [
    "EVERYTHING",
    "READER",
    "Build",
    "Fault",
    "Folder",
    "FreeStyle",
    "Item",
    "JenkinsServer",
    "Job",
    "MultiBranch",
    "Outcome",
    "Pipeline",
    "Seen",
    "User",
    "faults",
]
