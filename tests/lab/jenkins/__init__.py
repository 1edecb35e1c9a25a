"""A stand-in for Jenkins that executes Jenkinsfiles: README.md says how it is built.

What it models, and after which source: docs/jenkins-harness.md.
"""

from tests.lab.jenkins.build import Build, Command, StageRun, TestCase
from tests.lab.jenkins.server import Jenkins, Run

__all__ = ["Build", "Command", "Jenkins", "Run", "StageRun", "TestCase"]
