"""Which plugins are installed, and which of them a class belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from tests.lab.jenkins_server.beans import Bean

CORE = ""
# The versions of the recording; of some only the beginning is known, and 1.0 where nothing is.
DEFAULT = {
    "ansicolor": "1.0.6",
    "antisamy-markup-formatter": "173.v680e3a_b_69ff3",
    "apache-httpcomponents-client-4-api": "4.5.14-269.vfa_2321039a_83",
    "authentication-tokens": "1.131.v7199556c3004",
    "bouncycastle-api": "2.30.1.80-261.v00c0e2618ec3",
    "branch-api": "2.1229.ve86b_d02b_5e56",
    "cloudbees-folder": "6.1026.ve06dfa_cf31c3",
    "credentials": "1415.v831096eb_5534",
    "docker-workflow": "621",
    "git": "5.7.0",
    "junit": "1.0",
    "pipeline-model-definition": "2.2258",
    "scm-api": "704.v3ce5c542825a_",
    "script-security": "1.0",
    "workflow-cps": "4169",
    "workflow-job": "1.0",
    "workflow-multibranch": "806.vb_b_688f609ee9",
}
# The beginning of a class's name, and the plugin that has it.
OWNERS = {
    "com.cloudbees.hudson.plugins.folder.": "cloudbees-folder",
    "org.jenkinsci.plugins.workflow.multibranch.": "workflow-multibranch",
    "jenkins.branch.": "branch-api",
    "jenkins.plugins.git.": "git",
    "hudson.plugins.git.": "git",
    "org.jenkinsci.plugins.workflow.cps.": "workflow-cps",
    "org.jenkinsci.plugins.workflow.job.": "workflow-job",
    "org.jenkinsci.plugins.workflow.libs.": "pipeline-groovy-lib",
    "org.jenkinsci.plugins.pipeline.modeldefinition.": "pipeline-model-definition",
    "jenkins.scm.": "scm-api",
    "com.cloudbees.plugins.credentials.": "credentials",
    "org.jenkinsci.plugins.github_branch_source.": "github-branch-source",
    "com.cloudbees.jenkins.plugins.bitbucket.": "cloudbees-bitbucket-branch-source",
    "io.jenkins.plugins.gitlabbranchsource.": "gitlab-branch-source",
    "hudson.plugins.ansicolor.": "ansicolor",
    "hudson.tasks.junit.": "junit",
    "hudson.": CORE,
    "jenkins.model.": CORE,
    "jenkins.triggers.": CORE,
    "java.": CORE,
}
# Names that XStream knows without a package.
ALIASES = {"flow-definition": "workflow-job", "project": CORE}
DEPENDENCIES = {
    "ansicolor": [
        ("workflow-api", "1373.v7b_813f10efa_b_"),
        ("workflow-step-api", "704.ve4f0967e98fa_"),
    ],
    "authentication-tokens": [("credentials", "1415.v831096eb_5534")],
    "branch-api": [
        ("scm-api", "704.v3ce5c542825a_"),
        ("cloudbees-folder", "6.1026.ve06dfa_cf31c3"),
        ("ionicons-api", "88.va_4187cb_eddf1"),
    ],
}
OPTIONAL = {"ansicolor"}
DETACHED = {"antisamy-markup-formatter", "bouncycastle-api"}


class Plugins(Bean):
    """The plugins of a Jenkins, by their short names."""

    java_class = "hudson.LocalPluginManager"

    def __init__(self, versions: dict[str, str] | None = None) -> None:
        self.versions = dict(DEFAULT if versions is None else versions)

    def owner(self, name: str) -> str | None:
        """The plugin of a class or alias, "" for the core, None when nothing here has it."""
        found = ALIASES.get(name)
        if found is None:
            start = max((s for s in OWNERS if name.startswith(s)), key=len, default=None)
            found = OWNERS[start] if start else None
        return found if found == CORE or found in self.versions else None

    def attribute(self, owner: str) -> str:
        """The value of a `plugin` attribute."""
        return f"{owner}@{self.versions[owner]}"

    def beans(self) -> list[PluginBean]:
        return [PluginBean(name, version) for name, version in sorted(self.versions.items())]


@dataclass(frozen=True)
class DependencyBean(Bean):
    plugin: str
    version: str
    optional: bool


@dataclass(frozen=True)
class PluginBean(Bean):
    """hudson.PluginWrapper"""

    name: str
    version: str

    @property
    def detached(self) -> bool:
        return self.name in DETACHED

    @property
    def dependencies(self) -> list[DependencyBean]:
        optional = self.name in OPTIONAL
        return [
            DependencyBean(plugin, version, optional)
            for plugin, version in DEPENDENCIES.get(self.name, [])
        ]
