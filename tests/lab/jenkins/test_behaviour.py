"""A pipeline gets from the stand-in what it gets from Jenkins; nothing here needs Docker."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.lab.jenkins import Build, Jenkins

CREDENTIALS: dict[str, dict[str, Any]] = {
    "token": {"text": "t0ken-text"},
    "login": {"username": "me", "password": "pass-w0rd"},
    "kubeconfig": {"text": "clusters: []\n", "file": True},
}
LONG = 30.0


@pytest.fixture(scope="module")
def jenkins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jenkins]:
    """One JVM for all of these builds, in a folder with a space."""
    home = tmp_path_factory.mktemp("jenkins home")
    nodes = {"built-in": ["docker"], "other": ["linux"]}
    with Jenkins(home, credentials=CREDENTIALS, nodes=nodes) as running:
        yield running


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one file."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "file.txt").write_text("from the repository\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    for arguments in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "--all"],
        [*who, "commit", "--quiet", "--message", "a"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def declarative(text: str, agent: str = "none") -> str:
    return f"pipeline {{\n    agent {agent}\n{textwrap.dedent(text)}\n}}\n"


def one_stage(steps: str, more: str = "") -> str:
    return staged(stage("A", steps, more))


def stage(title: str, steps: str, more: str = "") -> str:
    return f"stage('{title}') {{\n{more}\nsteps {{\n{textwrap.dedent(steps)}\n}}\n}}\n"


def staged(*stages: str, ahead: str = "", behind: str = "") -> str:
    return declarative(f"{ahead}\nstages {{\n{''.join(stages)}}}\n{behind}")


def side_by_side(*stages: str, more: str = "") -> str:
    return f"stage('P') {{\n{more}\nparallel {{\n{''.join(stages)}}}\n}}\n"


def said(build: Build, *known: str) -> list[str]:
    """Those of the lines of the console that are known, in their order."""
    return [line for line in build.console.splitlines() if line in known]


def pipeline_lines(build: Build) -> list[str]:
    mark = "[Pipeline] "
    return [line.removeprefix(mark) for line in build.console.splitlines() if line.startswith(mark)]


def states(build: Build) -> dict[str, str]:
    return {stage.title: stage.state for stage in build.stages}


# ---- results and order ----


def test_stages_run_in_order_and_the_build_is_green(jenkins: Jenkins) -> None:
    build = jenkins.run_text(staged(stage("A", "echo 'one'"), stage("B", "echo 'two'")))
    assert build.result == "SUCCESS"
    assert said(build, "one", "two") == ["one", "two"]
    assert pipeline_lines(build) == [
        "Start of Pipeline",
        *("stage", "{ (A)", "echo", "}", "// stage"),
        *("stage", "{ (B)", "echo", "}", "// stage"),
        "End of Pipeline",
    ]
    assert build.console.endswith("Finished: SUCCESS\n")


def test_after_a_failure_the_other_stages_are_skipped_and_the_error_comes_last(
    jenkins: Jenkins,
) -> None:
    source = staged(stage("A", "error 'broken'"), stage("B", "echo 'two'"))
    build = jenkins.run_text(source)
    assert build.result == "FAILURE"
    assert states(build) == {"A": "FAILURE", "B": "SKIPPED"}
    assert 'Stage "B" skipped due to earlier failure(s)' in build.console
    assert build.console.splitlines()[-2:] == ["ERROR: broken", "Finished: FAILURE"]


def test_what_the_validator_refuses_does_not_run(jenkins: Jenkins) -> None:
    build = jenkins.run_text("pipeline {\n    agent none\n    stages { }\n}\n")
    assert build.result == "FAILURE"
    assert "WorkflowScript: 3: No stages specified @ line 3, column 5." in build.console
    assert "Start of Pipeline" not in build.console


def test_an_unknown_step_fails_when_it_is_called(jenkins: Jenkins) -> None:
    build = jenkins.run_text(one_stage("echo 'before'\nnotAStep 'x'"))
    assert build.result == "FAILURE"
    assert "before" in build.console
    assert "No such DSL method 'notAStep' found among steps [" in build.console


def test_what_the_sandbox_refuses_ends_the_build(jenkins: Jenkins) -> None:
    build = jenkins.run_text(one_stage("script { System.getenv('PATH') }"))
    assert build.result == "FAILURE"
    refused = "Scripts not permitted to use staticMethod java.lang.System getenv java.lang.String"
    assert refused in build.console


def test_code_ahead_of_the_pipeline_is_seen_in_it(jenkins: Jenkins) -> None:
    source = "NAME = env.BUILD_TAG.replaceAll('[^a-z]', '-')\n" + declarative(
        f'environment {{\nTAG = "x-${{NAME}}"\n}}\nstages {{\n{stage("A", "echo env.TAG")}\n}}'
    )
    assert "x-jenkins-shop-orders-main--" in jenkins.run_text(source).console.splitlines()


# ---- environment ----


def test_environment_is_layered_and_steps_see_it(jenkins: Jenkins) -> None:
    build = jenkins.run_text(
        declarative("""
            environment { A = 'pipeline'; B = 'pipeline' }
            stages {
                stage('One') {
                    environment { B = "stage of ${STAGE_NAME}" }
                    steps {
                        node('docker') {
                            withEnv(['C=step']) { sh 'echo "$A|$B|$C|$BRANCH_NAME|$NODE_NAME"' }
                        }
                    }
                }
            }
        """)
    )
    assert "pipeline|stage of One|step|main|built-in" in build.console


def test_what_env_is_given_holds_for_the_rest_of_the_build(jenkins: Jenkins) -> None:
    setting = "script { env.IMAGE = 'a@sha256:1' }"
    source = staged(stage("A", setting), stage("B", "echo env.IMAGE"))
    assert "a@sha256:1" in jenkins.run_text(source).console.splitlines()


def test_a_name_with_a_plus_goes_ahead_of_the_path(jenkins: Jenkins) -> None:
    build = jenkins.run_text("node { withEnv(['PATH+TOOL=/opt/tool']) { sh 'echo \"$PATH\"' } }")
    assert build.result == "SUCCESS"
    (path,) = [line for line in build.console.splitlines() if line.startswith("/opt/tool")]
    assert path.startswith("/opt/tool:/")


def test_a_variable_without_a_value_is_not_set(jenkins: Jenkins) -> None:
    build = jenkins.run_text(
        "node { withEnv(['A=x']) { withEnv(['A=']) { sh 'echo \"<${A-unset}>\"' } } }"
    )
    assert "<unset>" in build.console


@pytest.mark.parametrize(
    ("branch", "change", "name", "tag", "number"),
    [
        ("main", False, "shop/orders/main", "jenkins-shop-orders-main-1", None),
        ("fix/it", False, "shop/orders/fix%2Fit", "jenkins-shop-orders-fix%2Fit-1", None),
        ("PR-7", True, "shop/orders/PR-7", "jenkins-shop-orders-PR-7-1", "7"),
    ],
)
def test_the_build_is_named_as_a_multibranch_job_names_it(
    jenkins: Jenkins, branch: str, change: bool, name: str, tag: str, number: str | None
) -> None:
    source = 'echo "${env.JOB_NAME} ${env.BUILD_TAG} ${env.CHANGE_ID} ${env.BRANCH_NAME}"'
    build = jenkins.run_text(source, branch=branch, change=change)
    assert f"{name} {tag} {number or 'null'} {branch}" in build.console.splitlines()


# ---- when ----


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("branch 'main'", True),
        ("branch 'm*'", True),
        ("branch 'MAIN'", True),
        ("branch pattern: 'ma.n', comparator: 'REGEXP'", True),
        ("branch pattern: 'm*', comparator: 'EQUALS'", False),
        ("branch 'release/*'", False),
        ("not { branch 'main' }", False),
        ("anyOf {\nbranch 'x'\nenvironment name: 'CI', value: 'true'\n}", True),
        ("allOf {\nbranch 'main'\nexpression { return false }\n}", False),
        ("expression { env.BRANCH_NAME == 'main' }", True),
        ("environment name: 'CI', value: 'TRUE', ignoreCase: true", True),
        ("equals expected: 2, actual: 1 + 1", True),
        ("changeRequest()", False),
        ("buildingTag()", False),
        ("tag 'v*'", False),
    ],
)
def test_a_stage_runs_when_its_condition_holds(
    jenkins: Jenkins, condition: str, runs: bool
) -> None:
    source = staged(stage("A", "echo 'it runs'", f"when {{\n{condition}\n}}"))
    build = jenkins.run_text(source)
    assert build.result == "SUCCESS", build.console
    assert said(build, "it runs", 'Stage "A" skipped due to when conditional') == [
        "it runs" if runs else 'Stage "A" skipped due to when conditional'
    ]
    assert build.stage("A").state == ("SUCCESS" if runs else "SKIPPED")


def test_several_conditions_must_all_hold(jenkins: Jenkins) -> None:
    both = "when {\nbranch 'main'\nexpression { false }\n}"
    build = jenkins.run_text(staged(stage("A", "echo 'it runs'", both)))
    assert build.stage("A").state == "SKIPPED"


def test_a_pull_request_is_one_only_where_it_is_one(jenkins: Jenkins) -> None:
    source = staged(stage("A", "echo 'it runs'", "when { changeRequest() }"))
    assert jenkins.run_text(source, branch="PR-7", change=True).stage("A").state == "SUCCESS"


def test_before_agent_no_node_is_taken_for_a_skipped_stage(
    jenkins: Jenkins, repository: Path
) -> None:
    def skipped(before: str) -> Build:
        more = f"agent {{ label 'docker' }}\nwhen {{\n{before}\nbranch 'other'\n}}"
        source = staged(stage("A", "echo 'x'", more))
        return jenkins.run_text(source, repository=str(repository))

    assert "node" in pipeline_lines(skipped(""))
    assert "node" not in pipeline_lines(skipped("beforeAgent true"))


def test_before_options_no_lock_is_taken_for_a_skipped_stage(jenkins: Jenkins) -> None:
    def skipped(before: str) -> Build:
        more = f"options {{ lock('x') }}\nwhen {{\n{before}\nbranch 'other'\n}}"
        return jenkins.run_text(staged(stage("A", "echo 'x'", more)))

    assert "lock" in pipeline_lines(skipped(""))
    assert "lock" not in pipeline_lines(skipped("beforeOptions true"))


def test_before_input_nobody_is_asked_for_a_skipped_stage(jenkins: Jenkins) -> None:
    more = "input { message 'Go?' }\nwhen {\nbeforeInput true\nbranch 'other'\n}"
    build = jenkins.run_text(staged(stage("A", "echo 'x'", more)))
    assert "Go?" not in build.console
    assert build.stage("A").state == "SKIPPED"


def test_a_condition_is_looked_at_once(jenkins: Jenkins) -> None:
    more = (
        "when {\nbeforeAgent true\nbeforeOptions true\nexpression {\necho 'looked'\ntrue\n}\n}\n"
        "options { timeout(time: 1, unit: 'HOURS') }"
    )
    build = jenkins.run_text(staged(stage("A", "echo 'x'", more)))
    assert said(build, "looked") == ["looked"]


def test_what_is_nested_in_a_skipped_stage_is_shown_as_skipped(jenkins: Jenkins) -> None:
    inner = stage("Inner", "echo 'x'")
    build = jenkins.run_text(
        staged(f"stage('A') {{\nwhen {{ branch 'x' }}\nstages {{\n{inner}}}\n}}\n")
    )
    assert states(build) == {"A": "SKIPPED", "Inner": "SKIPPED"}
    assert 'Stage "Inner" skipped due to when conditional' in build.console
    assert pipeline_lines(build)[1:5] == ["stage", "{ (A)", "getContext", "stage"]


# ---- post ----

POST = [
    "always", "changed", "fixed", "regression", "aborted", "success", "unsuccessful", "unstable",
    "failure", "notBuilt", "cleanup",
]  # fmt: skip


def after(steps: str) -> str:
    """A stage with every condition of `post`, in the reverse of Jenkins' order."""
    blocks = "".join(f"{name} {{ echo 'post {name}' }}\n" for name in reversed(POST))
    return staged(stage("A", steps), behind=f"post {{\n{blocks}}}")


@pytest.mark.parametrize(
    ("steps", "previous", "expected"),
    [
        ("echo 'x'", "SUCCESS", "always success cleanup"),
        ("echo 'x'", None, "always changed success cleanup"),
        ("echo 'x'", "FAILURE", "always changed fixed success cleanup"),
        ("echo 'x'", "UNSTABLE", "always changed fixed success cleanup"),
        ("echo 'x'", "ABORTED", "always changed success cleanup"),
        (
            "error 'x'", "SUCCESS",
            "always changed regression unsuccessful failure cleanup",
        ),
        ("error 'x'", "FAILURE", "always unsuccessful failure cleanup"),
        ("unstable 'x'", "SUCCESS", "always changed regression unsuccessful unstable cleanup"),
        ("unstable 'x'", "FAILURE", "always changed unsuccessful unstable cleanup"),
        (
            "timeout(time: 100, unit: 'MILLISECONDS') { sleep 60 }", "ABORTED",
            "always aborted unsuccessful cleanup",
        ),
    ],
)  # fmt: skip
def test_post_runs_by_the_result_in_jenkins_order(
    jenkins: Jenkins, steps: str, previous: str | None, expected: str
) -> None:
    build = jenkins.run_text(after(steps), previous=previous)
    shown = said(build, *(f"post {name}" for name in POST))
    assert " ".join(line.removeprefix("post ") for line in shown) == expected


def test_a_stage_of_a_parallel_has_its_own_post(jenkins: Jenkins) -> None:
    def one(title: str, steps: str) -> str:
        post = f"success {{ echo '{title} good' }}\nfailure {{ echo '{title} bad' }}"
        return stage(title, steps, f"post {{\n{post}\n}}")

    late = "waitUntil(quiet: true) { currentBuild.currentResult == 'FAILURE' }"
    both = one("Red", "error 'x'") + one("Green", f"script {{\n{late}\n}}")
    build = jenkins.run_text(
        declarative(f"stages {{\nstage('P') {{\nparallel {{\n{both}}}\n}}\n}}")
    )
    assert build.result == "FAILURE"
    assert sorted(said(build, "Red good", "Red bad", "Green good", "Green bad")) == [
        "Green good",
        "Red bad",
    ]
    assert states(build) == {"P": "FAILURE", "Red": "FAILURE", "Green": "SUCCESS"}


def test_an_error_in_post_fails_the_build_and_the_others_still_run(jenkins: Jenkins) -> None:
    post = "post {\nalways { error 'in post' }\ncleanup { echo 'cleaned' }\n}"
    build = jenkins.run_text(staged(stage("A", "echo 'x'", post)))
    assert build.result == "FAILURE"
    assert said(build, "cleaned", "ERROR: in post") == ["cleaned", "ERROR: in post"]


def test_post_that_does_not_apply_is_not_shown(jenkins: Jenkins) -> None:
    post = "post { failure { echo 'x' } }"
    build = jenkins.run_text(staged(stage("A", "echo 'x'", post), behind=post))
    assert "Post stage" not in build.console
    assert "{ (Declarative: Post Actions)" not in pipeline_lines(build)


def test_post_runs_even_if_the_stages_cannot_begin(jenkins: Jenkins) -> None:
    build = jenkins.run_text(
        staged(
            stage("A", "echo 'ran'"),
            ahead="environment { X = credentials('none') }",
            behind="post { always { echo 'posted' } }",
        )
    )
    assert build.result == "FAILURE"
    assert said(build, "ran", "posted") == ["posted"]


# ---- parallel ----


def test_branches_run_at_the_same_time(jenkins: Jenkins) -> None:
    """Each waits for the file of the other."""
    branch = "node { dir('{shared}') { writeFile(file: '{own}', text: ''); waitUntil(quiet: true) "
    branch += "{ fileExists('{other}') } } }"
    shared = str(jenkins.home / "shared")
    one, two = (
        branch.replace("{shared}", shared).replace("{own}", own).replace("{other}", other)
        for own, other in (("a", "b"), ("b", "a"))
    )
    build = jenkins.run_text(f"timeout(1) {{ parallel(one: {{ {one} }}, two: {{ {two} }}) }}")
    assert build.result == "SUCCESS", build.console


def test_branches_have_workspaces_of_their_own(jenkins: Jenkins) -> None:
    wait = "waitUntil(quiet: true) { both.size() == 2 }"
    branch = f"{{ node('docker') {{ both << env.WORKSPACE\n{wait} }} }}"
    source = f"both = []\nparallel(one: {branch}, two: {branch})\necho both.sort().join(' and ')"
    build = jenkins.run_text(source, job="shop/alone")
    workspace = f"{jenkins.home}/workspace/shop_alone_main"
    assert f"{workspace} and {workspace}@2" in build.console.splitlines()


def test_with_fail_fast_the_others_are_interrupted(jenkins: Jenkins) -> None:
    red, slow = stage("Red", "error 'x'"), stage("Slow", "sleep 600\necho 'too late'")
    source = staged(side_by_side(red, slow, more="failFast true"))
    build = jenkins.start_text(source).wait(LONG)
    assert build.result == "FAILURE"
    assert "too late" not in build.console
    assert states(build) == {"P": "FAILURE", "Red": "FAILURE", "Slow": "ABORTED"}
    assert "Failed in branch Red" in build.console


def test_the_option_for_fail_fast_holds_for_all_parallels(jenkins: Jenkins) -> None:
    red, slow = stage("Red", "error 'x'"), stage("Slow", "sleep 600")
    source = staged(side_by_side(red, slow), ahead="options { parallelsAlwaysFailFast() }")
    build = jenkins.start_text(source).wait(LONG)
    assert build.stage("Slow").state == "ABORTED"


def test_parallel_gives_what_its_branches_give(jenkins: Jenkins) -> None:
    source = "def got = parallel(a: { 1 }, b: { echo 'x'; 2 })\necho \"${got.a + got.b}\""
    assert "3" in jenkins.run_text(source).console.splitlines()


# ---- steps with a body ----


def test_catch_error_ends_as_the_interruption_says(jenkins: Jenkins) -> None:
    """And not as its arguments do: the result of a time limit is ABORTED."""
    source = (
        "catchError(buildResult: 'SUCCESS', stageResult: 'SUCCESS') {\n"
        "timeout(time: 100, unit: 'MILLISECONDS') { sleep 60 }\n}\necho 'it goes on'"
    )
    build = jenkins.run_text(source)
    assert build.result == "ABORTED"
    assert "it goes on" in build.console


def test_retry_tries_again_and_gives_up(jenkins: Jenkins) -> None:
    build = jenkins.run_text("retry(3) { echo 'try'; error 'no' }")
    assert build.result == "FAILURE"
    assert said(build, "try", "ERROR: no", "Retrying") == [
        *("try", "ERROR: no", "Retrying") * 2,
        *("try", "ERROR: no"),
    ]
    assert pipeline_lines(build)[1:] == [
        "retry", *("{", "echo", "error", "}") * 3, "// retry", "End of Pipeline",
    ]  # fmt: skip


def test_a_timeout_ends_its_body_as_aborted(jenkins: Jenkins) -> None:
    source = one_stage("timeout(time: 200, unit: 'MILLISECONDS') { sleep 600 }\necho 'too late'")
    build = jenkins.start_text(source).wait(LONG)
    assert build.result == "ABORTED"
    assert build.stage("A").state == "ABORTED"
    assert "Cancelling nested steps due to timeout" in build.console
    assert "too late" not in build.console


def test_a_timeout_inside_of_retry_is_tried_again(jenkins: Jenkins) -> None:
    limited = "timeout(time: 200, unit: 'MILLISECONDS') { sleep 600 }"
    source = f'int n = 0\nretry(2) {{ n++; if (n < 2) {{ {limited} }} }}\necho "tries ${{n}}"'
    build = jenkins.start_text(source).wait(LONG)
    assert (build.result, said(build, "tries 2")) == ("SUCCESS", ["tries 2"])


def test_a_timeout_that_is_not_reached_does_nothing(jenkins: Jenkins) -> None:
    build = jenkins.run_text("timeout(time: 33, unit: 'HOURS') { echo 'in time' }")
    assert build.result == "SUCCESS"
    assert "Timeout set to expire in 1 day 9 hr" in build.console


def test_catch_error_goes_on_and_marks_the_build(jenkins: Jenkins) -> None:
    build = jenkins.run_text(one_stage("catchError(message: 'well') { error 'no' }\necho 'on'"))
    assert build.result == "FAILURE"
    assert said(build, "ERROR: no", "on") == ["ERROR: no", "on"]
    assert build.stage("A").state == "SUCCESS"


def test_catch_error_can_leave_all_as_it_is(jenkins: Jenkins) -> None:
    caught = "catchError(buildResult: 'SUCCESS', stageResult: 'SUCCESS') { error 'no' }"
    build = jenkins.run_text(one_stage(f"unstable 'first'\n{caught}"))
    assert build.result == "UNSTABLE"
    assert build.stage("A").state == "UNSTABLE"


def test_warn_error_makes_the_stage_unstable_and_what_follows_is_run(jenkins: Jenkins) -> None:
    source = declarative(
        "stages {\n" + stage("A", "warnError('hm') { error 'no' }") + stage("B", "echo 'on'") + "}"
    )
    build = jenkins.run_text(source)
    assert (build.result, states(build)) == ("UNSTABLE", {"A": "UNSTABLE", "B": "SUCCESS"})


def test_stages_are_skipped_after_unstable_if_asked_for(jenkins: Jenkins) -> None:
    both = stage("A", "unstable 'hm'") + stage("B", "echo 'on'")
    build = jenkins.run_text(staged(both, ahead="options { skipStagesAfterUnstable() }"))
    assert states(build) == {"A": "UNSTABLE", "B": "SKIPPED"}
    told = 'Stage "B" skipped due to earlier stage(s) marking the build as unstable'
    assert told in build.console


def test_options_are_around_the_stages_and_inside_of_the_environment(jenkins: Jenkins) -> None:
    options = "options {\ntimestamps()\ntimeout(time: 1, unit: 'HOURS')\n}\n"
    source = staged(stage("S", "echo 'x'"), ahead=options + "environment { A = 'b' }")
    assert pipeline_lines(jenkins.run_text(source))[1:8] == [
        *("withEnv", "{", "timestamps", "{", "timeout", "{"),
        "stage",
    ]


def test_a_lock_is_for_one_build_at_a_time(jenkins: Jenkins) -> None:
    holder = jenkins.start_text("lock('db') { echo 'first has it'; input 'Done?' }", number=1)
    holder.wait_for("first has it", LONG)
    waiter = jenkins.start_text("lock('db') { echo 'second has it' }", number=2)
    waiter.wait_for("Trying to acquire lock on [Resource: db]", LONG)
    other = jenkins.start_text("lock('cache') { echo 'third has it' }", number=3).wait(LONG)
    assert "third has it" in other.console
    assert "second has it" not in waiter.console
    holder.abort()
    assert holder.wait(LONG).result == "ABORTED"
    assert "second has it" in waiter.wait(LONG).console


# ---- input ----

ASKING = declarative("""
    stages {
        stage('Gate') {
            input {
                message 'Deploy?'
                ok 'Deploy'
            }
            steps { echo 'deployed' }
        }
        stage('Later') { steps { echo 'later' } }
    }
""")


def test_an_input_waits_for_its_answer(jenkins: Jenkins) -> None:
    run = jenkins.start_text(ASKING)
    run.wait_for("Deploy or Abort", LONG)
    assert "deployed" not in run.console
    run.abort()
    assert run.wait(LONG).result == "ABORTED"


def test_an_approved_input_goes_on(jenkins: Jenkins) -> None:
    build = jenkins.run_text(ASKING, answers={"Deploy?": "proceed"})
    assert said(build, "deployed", "later") == ["deployed", "later"]


def test_a_rejected_input_aborts_the_build(jenkins: Jenkins) -> None:
    build = jenkins.run_text(ASKING, answers={"Deploy?": "abort"})
    assert (build.result, said(build, "deployed", "later")) == ("ABORTED", [])


# ---- on a node ----


def test_a_script_runs_in_the_workspace_with_tracing(jenkins: Jenkins) -> None:
    build = jenkins.run_text("node { sh 'pwd; false; echo not-here' }")
    assert build.result == "FAILURE"
    assert "+ pwd" in build.console
    assert f"{jenkins.home}/workspace/shop_orders_main" in build.console
    assert "not-here" not in build.console
    assert "ERROR: script returned exit code 1" in build.console


def test_a_script_can_return_its_status_or_its_output(jenkins: Jenkins) -> None:
    build = jenkins.run_text("""node {
        echo "status ${sh(script: 'exit 3', returnStatus: true)}"
        def text = sh(script: 'echo out; echo err >&2', returnStdout: true)
        echo "text <${text.trim()}>"
    }""")
    assert said(build, "status 3", "text <out>", "out", "err") == ["status 3", "err", "text <out>"]


def test_a_script_may_name_its_interpreter(jenkins: Jenkins) -> None:
    build = jenkins.run_text("node { sh '''#!/bin/bash\necho \"bash ${BASH_VERSION%%.*}\"''' }")
    assert "bash 5" in build.console
    assert "+ echo" not in build.console


def test_a_step_that_needs_a_node_says_so(jenkins: Jenkins) -> None:
    build = jenkins.run_text("sh 'true'")
    assert build.result == "FAILURE"
    assert "Required context class hudson.FilePath is missing" in build.console
    build = jenkins.run_text(one_stage("sh 'true'"))
    assert "Attempted to execute a step that requires a node context while" in build.console


def test_files_are_written_read_and_removed_in_a_folder(jenkins: Jenkins) -> None:
    build = jenkins.run_text("""node {
        dir('a/b') {
            writeFile(file: 'c/d.txt', text: 'text of d')
            echo readFile('c/d.txt')
            echo pwd()
        }
        echo "there ${fileExists('a/b/c/d.txt')}"
        dir('a') { deleteDir() }
        echo "there ${fileExists('a/b/c/d.txt')}"
    }""")
    folder = f"{jenkins.home}/workspace/shop_orders_main/a/b"
    assert said(build, "text of d", folder, "there true", "there false") == [
        *("text of d", folder, "there true", "there false")
    ]


def test_a_script_in_a_folder_leaves_its_control_files_beside_that_folder(
    jenkins: Jenkins,
) -> None:
    """As in Jenkins: `a@tmp` is in the workspace, where `docker build` and git see it."""
    build = jenkins.run_text("node { deleteDir(); dir('a') { sh 'ls -d ..?*/.. ../a*' } }")
    assert "../a@tmp" in build.console.splitlines()


def test_a_workspace_has_no_space_in_its_name(jenkins: Jenkins) -> None:
    build = jenkins.run_text("node { echo env.WORKSPACE }", job="shop/my orders", branch="fix/it")
    name = "shop_my_orders_fix_it"
    assert f"{jenkins.home}/workspace/{name}" in build.console.splitlines()


def test_a_node_is_found_by_label_and_by_quoted_name(jenkins: Jenkins) -> None:
    build = jenkins.run_text("""
        node('linux') { echo "on ${env.NODE_NAME}" }
        node('"built-in"') { echo "on ${env.NODE_NAME}" }
    """)
    assert said(build, "on other", "on built-in") == ["on other", "on built-in"]


def test_an_agent_brings_the_repository_and_keeps_what_was_there(
    jenkins: Jenkins, repository: Path
) -> None:
    steps = "sh 'cat file.txt; ls kept 2>/dev/null || touch kept'\necho env.GIT_COMMIT"
    source = staged(stage("A", steps, "agent { label 'docker' }"))
    how: dict[str, Any] = {"repository": str(repository), "job": "shop/kept"}
    first = jenkins.run_text(source, **how)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert first.result == "SUCCESS", first.console
    assert said(first, "from the repository", commit) == ["from the repository", commit]
    assert pipeline_lines(first)[1:8] == [
        *("stage", "{ (A)", "node", "{", "checkout", "withEnv", "{")
    ]
    again = jenkins.run_text(source, **how, number=2)
    assert said(again, "kept") == ["kept"]


def test_what_is_stashed_comes_out_elsewhere(jenkins: Jenkins) -> None:
    build = jenkins.run_text("""
        node('docker') {
            dir('from') {
                writeFile(file: 'a/x.txt', text: 'stashed x')
                writeFile(file: 'y.log', text: 'y')
                stash(name: 'texts', includes: '**/*.txt')
            }
        }
        node('linux') {
            dir('to') {
                unstash 'texts'
                echo readFile('a/x.txt')
                echo "log ${fileExists('y.log')}"
            }
        }
        unstash 'never'
    """)
    assert said(build, "stashed x", "log false") == ["stashed x", "log false"]
    assert build.result == "FAILURE"


REPORT = """<testsuite name="s" tests="3">
  <testcase classname="c.A" name="good"/>
  <testcase classname="c.A" name="left out"><skipped/></testcase>
  {more}
</testsuite>"""


def reporting(more: str, given: str = "testResults: 'reports/*.xml'") -> str:
    text = REPORT.replace("{more}", more).replace("\n", "")
    return one_stage(f"""
        node('docker') {{
            deleteDir()
            writeFile(file: 'reports/unit.xml', text: '{text}')
            junit({given})
        }}
    """)


def test_reports_are_read_and_a_failed_test_makes_it_unstable(jenkins: Jenkins) -> None:
    green = jenkins.run_text(reporting(""))
    assert (green.result, [case.state for case in green.tests]) == (
        "SUCCESS",
        ["passed", "skipped"],
    )
    failed = '<testcase classname="c.A" name="bad"><failure message="1 is not 2">at x</failure>'
    red = jenkins.run_text(reporting(f"{failed}</testcase>"))
    assert (red.result, red.stage("A").state) == ("UNSTABLE", "UNSTABLE")
    (bad,) = [case for case in red.tests if case.state == "failed"]
    assert (bad.stage, bad.suite, bad.name) == ("A", "c.A", "bad")
    assert "1 is not 2" in bad.text


def test_a_report_that_is_missing_fails_unless_it_may(jenkins: Jenkins) -> None:
    build = jenkins.run_text(reporting("", "testResults: 'none/*.xml'"))
    assert build.result == "FAILURE"
    told = "ERROR: No test report files were found. Configuration error?"
    assert build.console.splitlines()[-2] == told
    build = jenkins.run_text(reporting("", "testResults: 'none/*.xml', allowEmptyResults: true"))
    assert build.result == "SUCCESS"


def test_artifacts_are_kept_and_none_is_an_error_unless_it_may(jenkins: Jenkins) -> None:
    def archiving(more: str) -> Build:
        steps = f"writeFile(file: 'out/a.txt', text: 'a'); archiveArtifacts({more})"
        return jenkins.run_text(f"node {{ {steps} }}")

    assert archiving("artifacts: 'out/**'").artifacts == ("out/a.txt",)
    build = archiving("artifacts: 'no/**'")
    assert build.result == "FAILURE"
    assert 'ERROR: No artifacts found that match the file pattern "no/**"' in build.console
    assert archiving("artifacts: 'no/**', allowEmptyArchive: true").result == "SUCCESS"


# ---- credentials ----


def test_secrets_are_bound_and_never_shown(jenkins: Jenkins) -> None:
    build = jenkins.run_text("""node {
        withCredentials([
            string(credentialsId: 'token', variable: 'TOKEN'),
            usernamePassword(credentialsId: 'login', usernameVariable: 'U', passwordVariable: 'P'),
            file(credentialsId: 'kubeconfig', variable: 'KUBECONFIG'),
        ]) {
            sh 'echo "$TOKEN of $U with $P"; cat "$KUBECONFIG"'
            echo "in Groovy ${env.TOKEN}"
        }
        sh 'echo "after <$TOKEN>"; ls "$WORKSPACE_TMP"/secretFiles/* 2>/dev/null || echo gone'
    }""")
    lines = build.console.splitlines()
    for line in ("**** of me with ****", "clusters: []", "in Groovy ****", "after <>", "gone"):
        assert line in lines
    assert not [secret for secret in ("t0ken-text", "pass-w0rd") if secret in build.console]
    assert sorted(build.credentials) == ["kubeconfig", "login", "token"]


def test_credentials_of_an_environment_have_their_usual_names(jenkins: Jenkins) -> None:
    build = jenkins.run_text(
        declarative("""
            environment { LOGIN = credentials('login') }
            stages {
                stage('A') {
                    environment { TOKEN = credentials('token') }
                    steps {
                        node('docker') {
                            sh '''
                                set +x
                                [ "$LOGIN" = me:pass-w0rd ] && echo both
                                [ "$LOGIN_USR/$LOGIN_PSW" = me/pass-w0rd ] && echo each
                                [ "$TOKEN" = t0ken-text ] && echo token
                            '''.stripIndent()
                        }
                    }
                }
            }
        """)
    )
    assert said(build, "both", "each", "token") == ["both", "each", "token"], build.console


def test_a_credential_that_is_not_there_is_named(jenkins: Jenkins) -> None:
    build = jenkins.run_text("withCredentials([string(credentialsId: 'x', variable: 'X')]) { }")
    assert "ERROR: Could not find credentials entry with ID 'x'" in build.console


# ---- abort ----


def test_an_abort_ends_the_script_and_post_runs_after_it(jenkins: Jenkins) -> None:
    post = "post {\nalways { echo 'in always' }\naborted { echo 'in aborted' }\n}"
    script = 'trap "echo told; exit 3" TERM; echo started; sleep 600 & wait'
    waiting = stage("A", f"node('docker') {{ sh '{script}' }}", post)
    run = jenkins.start_text(staged(waiting, stage("B", "echo 'b'")))
    run.wait_for("started", LONG)
    run.abort()
    build = run.wait(LONG)
    assert build.result == "ABORTED"
    known = (
        "Aborted by tester",
        "Sending interrupt signal to process",
        "told",
        "in always",
        "in aborted",
        "b",
    )
    assert said(build, *known) == list(known[:-1])
    assert states(build) == {"A": "ABORTED", "B": "SKIPPED"}


def test_an_abort_can_be_caught_in_finally(jenkins: Jenkins) -> None:
    run = jenkins.start_text("try { echo 'in'; sleep 600 } finally { echo 'tidied' }")
    run.wait_for("in", LONG)
    run.abort()
    build = run.wait(LONG)
    assert (build.result, said(build, "tidied")) == ("ABORTED", ["tidied"])


def test_an_abort_is_not_tried_again(jenkins: Jenkins) -> None:
    run = jenkins.start_text("retry(3) { echo 'attempt'; sleep 600 }")
    run.wait_for("attempt", LONG)
    run.abort()
    build = run.wait(LONG)
    assert (build.result, said(build, "attempt")) == ("ABORTED", ["attempt"])


# ---- CPS ----


def good(source: str, *told: str) -> Any:
    return pytest.param(source, told, id=source.splitlines()[0][:50])


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(
    ("source", "told"),
    [
        good("['a', 'b'].each { echo \"got $it\" }", "got a", "got b"),
        good("def m = ['a'].collectEntries { [(it): it + it] }; echo \"$m\"", "[a:aa]"),
        good("for (e in [a: 1, b: 2]) { echo \"${e.key}=${e.value}\" }", "a=1", "b=2"),
        good("for (e in [a: 1].entrySet()) { echo \"${e.key}\" }", "a"),
        good("[a: 1].each { k, v -> echo \"$k$v\" }", "a1"),
        good("def x = [a: 1].collect { k, v -> echo 'in'; \"$k=$v\" }; echo \"$x\"", "in", "[a=1]"),
        good("def x = [1, 2].inject(0) { a, b -> echo 'add'; a + b }; echo \"$x\"", "add", "3"),
        good("def z = [1, 2].sum { it * 2 }; echo \"$z\"", "6"),
        good("def y = [1, 2, 3].groupBy { it % 2 }; echo \"$y\"", "[1:[1, 3], 0:[2]]"),
        good("try { error 'no' } catch (e) { echo \"caught ${e.message}\" }", "caught no"),
        good("try { echo 'in' } finally { echo 'out' }", "in", "out"),
        good("class U { static def up(s) { s.toUpperCase() } }\necho U.up('a')", "A"),
        good("['a', 'b'].eachWithIndex { v, i -> echo \"$v$i\" }", "a0", "b1"),
        good("def r = ['b', 'a'].sort(); echo \"$r\"", "[a, b]"),
        good("switch (2) { case 1: echo 'one'; break; case [2, 3]: echo 'two'; break }", "two"),
        good("3.times { echo \"n$it\" }", "n0", "n1", "n2"),
        good(
            "o: for (i in 1..2) { for (j in 1..3) { if (j == 2) continue o; echo \"$i$j\" } }",
            "11", "21",
        ),
        good("@NonCPS def f(l) { l.sort { a, b -> a <=> b } }\necho f(['b', 'a'])[0]", "a"),
        good("def c = { String s -> echo s; s + s }; echo c('a')", "a", "aa"),
        good("int n = 0; while (n < 2) { n++; echo \"w$n\" }", "w1", "w2"),
        good("def (a, b) = [1, 2]; echo \"${a + b}\"", "3"),
    ],
)  # fmt: skip
def test_groovy_that_jenkins_takes_runs_also_over_a_restart(
    jenkins: Jenkins, source: str, told: Sequence[str], restart: bool
) -> None:
    build = jenkins.run_text(source, restart=restart)
    assert build.result == "SUCCESS", build.console
    assert build.faults == ()
    assert list(dict.fromkeys(said(build, *told))) == list(told)


def test_what_cannot_be_written_down_must_not_live_over_a_step(jenkins: Jenkins) -> None:
    build = jenkins.run_text("def m = ('abc' =~ /b/); echo 'x'; echo \"${m.find()}\"")
    assert build.result == "FAILURE"
    assert "java.io.NotSerializableException: java.util.regex.Matcher" in build.console


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("@NonCPS def f(l) { l.each { echo it } }\nf(['a']); echo 'end'", id="a step"),
        pytest.param(
            'def g(x) { x + 1 }\n@NonCPS def f(l) { l.collect { g(it) } }\necho "${f([1, 2])}"',
            id="a method",
        ),
        pytest.param(
            "class A implements Serializable { def n() { 'nn' }; String toString() { n() } }\n"
            'def a = new A(); echo "x=${a}"',
            id="toString",
        ),
        pytest.param("echo \"${['b', 'a'].sort { x, y -> x <=> y }}\"", id="sort"),
        pytest.param("echo \"${['b', 'a'].toSorted { x, y -> x <=> y }}\"", id="toSorted"),
        pytest.param('echo "${[1, 1].unique { it }}"', id="unique"),
        pytest.param("def s = \"${-> echo 'x'; 'v'}\"; echo s", id="lazy text"),
    ],
)
def test_plain_code_that_calls_cps_code_is_a_fault(jenkins: Jenkins, source: str) -> None:
    build = jenkins.run_text(source)
    assert build.faults != () or build.result == "FAILURE", build.console
    assert "but wound up catching" in "".join(build.faults) + build.console


@pytest.mark.parametrize(("restart", "kept"), [(False, "n 5"), (True, "n 0")])
def test_what_is_not_written_down_is_lost_in_a_restart(
    jenkins: Jenkins, restart: bool, kept: str
) -> None:
    source = "class T implements Serializable { transient int n = 5 }\ndef t = new T()\n"
    build = jenkins.run_text(source + "echo 'x'\necho \"n ${t.n}\"", restart=restart)
    assert said(build, "n 5", "n 0") == [kept], build.console


def test_branches_share_the_variables_of_the_script_over_a_restart(jenkins: Jenkins) -> None:
    source = """
        done = []
        parallel(a: { echo 'a'; done << 'a'; echo 'x' }, b: { echo 'b'; done << 'b'; echo 'y' })
        echo "done ${done.sort()}"
    """
    assert "done [a, b]" in jenkins.run_text(source, restart=True).console.splitlines()


# ---- libraries ----


@pytest.fixture
def library(tmp_path: Path) -> Path:
    variables = tmp_path / "library" / "vars"
    variables.mkdir(parents=True)
    (variables / "greet.groovy").write_text(
        'def call(Map args) { echo "hello ${args.name}" }\ndef twice(String s) { echo s + s }\n'
    )
    (variables / "greet.txt").write_text("Says hello.\n")
    (variables / "around.groovy").write_text(
        "def call(Closure body) { echo 'before'; body(); echo 'after' }\n"
    )
    (variables / "broken.groovy").write_text("def call( {\n")
    (tmp_path / "library" / "resources").mkdir()
    (tmp_path / "library" / "resources" / "text.txt").write_text("a resource")
    return variables.parent


@pytest.mark.parametrize("loading", ["@Library('tools@v1') _\n", "library 'tools@v1'\n"])
def test_the_variables_of_a_library_are_steps(
    jenkins: Jenkins, library: Path, loading: str
) -> None:
    source = (
        f"{loading}greet(name: 'you')\ngreet.twice('ab')\naround {{ echo 'inside' }}\n"
        "echo libraryResource('text.txt')\n"
    )
    build = jenkins.run_text(source, libraries={"tools": {"v1": str(library)}})
    assert build.result == "SUCCESS", build.console
    known = ("hello you", "abab", "before", "inside", "after", "a resource")
    assert said(build, *known) == list(known)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("other@v1", "Could not find any definition of libraries [other]"),
        ("tools@v2", "No version v2 found for library tools"),
    ],
)
def test_a_library_that_is_not_there_is_named(
    jenkins: Jenkins, library: Path, name: str, told: str
) -> None:
    for loading in (f"@Library('{name}') _\n", f"library '{name}'\n"):
        build = jenkins.run_text(
            f"{loading}echo 'it runs'", libraries={"tools": {"v1": str(library)}}
        )
        assert build.result == "FAILURE"
        assert f"ERROR: {told}" in build.console
        assert said(build, "it runs") == []


# ---- told to others ----


def test_messages_are_recorded_with_their_arguments(jenkins: Jenkins) -> None:
    build = jenkins.run_text("""
        slackSend(channel: '#shop', color: 'danger', message: "x ${1 + 1}")
        mail(to: 'a@example.com', subject: 's', body: 'b')
    """)
    assert [(name, dict(given)) for name, given in build.steps] == [
        ("slackSend", {"channel": "#shop", "color": "danger", "message": "x 2"}),
        ("mail", {"to": "a@example.com", "subject": "s", "body": "b"}),
    ]


def test_a_parameter_that_a_step_does_not_know_is_a_fault(jenkins: Jenkins) -> None:
    build = jenkins.run_text("slackSend(chanel: '#shop', message: 'x')")
    assert "chanel" in "".join(build.faults)


def test_a_test_can_end_a_build_ahead_of_a_stage(jenkins: Jenkins) -> None:
    both = stage("A", "echo 'one'") + stage("B", "echo 'two'")
    build = jenkins.run_text(staged(both), until="B")
    assert (build.result, said(build, "one", "two")) == ("SUCCESS", ["one"])
