"""config.xml for the tests."""

from __future__ import annotations

from tests.lab.jenkins_server.resave import FOLDER, MULTIBRANCH

REMOTE = "https://git.example.com/shop/orders.git"


def folder(description: str = "") -> str:
    return f"<{FOLDER}><description>{description}</description></{FOLDER}>"


def pipeline(description: str = "", script: str = "echo 1", parameters: str = "") -> str:
    defined = "".join(
        f"<hudson.model.StringParameterDefinition><name>{name}</name>"
        f"<defaultValue>{name.lower()}</defaultValue></hudson.model.StringParameterDefinition>"
        for name in parameters.split()
    )
    wrapped = (
        "<hudson.model.ParametersDefinitionProperty><parameterDefinitions>"
        f"{defined}</parameterDefinitions></hudson.model.ParametersDefinitionProperty>"
    )
    return (
        f"<flow-definition><description>{description}</description>"
        f"<properties>{wrapped if defined else ''}</properties>"
        '<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">'
        f"<script>{script}</script><sandbox>true</sandbox></definition></flow-definition>"
    )


def multibranch(description: str = "", remote: str = REMOTE, keep: int = -1) -> str:
    strategy = "com.cloudbees.hudson.plugins.folder.computed.DefaultOrphanedItemStrategy"
    return (
        f"<{MULTIBRANCH}><description>{description}</description>"
        f'<orphanedItemStrategy class="{strategy}"><pruneDeadBranches>true</pruneDeadBranches>'
        f"<daysToKeep>-1</daysToKeep><numToKeep>{keep}</numToKeep></orphanedItemStrategy>"
        '<sources class="jenkins.branch.MultiBranchProject$BranchSourceList"><data>'
        '<jenkins.branch.BranchSource><source class="jenkins.plugins.git.GitSCMSource">'
        f"<id>1</id><remote>{remote}</remote></source></jenkins.branch.BranchSource></data>"
        f"</sources></{MULTIBRANCH}>"
    )


FREESTYLE = "<project><description>of somebody else</description></project>"


def view(name: str, *jobs: str) -> str:
    strings = "".join(f"<string>{job}</string>" for job in jobs)
    inside = f"<name>{name}</name><jobNames>{strings}</jobNames>"
    return f"<hudson.model.ListView>{inside}</hudson.model.ListView>"
