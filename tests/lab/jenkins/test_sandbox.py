"""The sandbox lets a pipeline and our library do their work, and nothing that Jenkins refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelinegen import data
from tests.lab.groovy import ALLOWED, Groovy, GroovyError

LIBRARY = {path.stem: path.read_text("utf-8") for path in data.library().glob("*.groovy")}
DGM = "org.codehaus.groovy.runtime.DefaultGroovyMethods"
# A call of each step that does all that the step can do, and what the sandbox sees it call.
CALLS = {
    "buildImage": """buildImage(image: 'i', dockerfile: 'Dockerfile', target: 'runtime',
        pushOn: 'main', credentials: 'c', dir: 'd')""",
    "checkArguments": "checkArguments('x', [a: 1, b: 2], ['a'], ['b'])",
    "deployWave": """env.PIPELINEGEN_IMAGE = 'x'
        deployWave(account: 'test', wave: 1, milestone: 2, dir: 'd',
        kubeconfigs: ['eu-a': 'x', 'eu-b': 'y'])""",
    "notifyTeam": "notifyTeam(result: 'failure', branch: 'main', slack: '#x', email: 'a@b.c')",
    "platformDefaults": "platformDefaults()",
    "runCommand": "runCommand(label: 'x', script: 'y', what: 'z', again: 'pipelinegen run x')",
    "runTests": """runTests(name: 'unit', command: 'pytest', env: [A: 'b'], envFile: '.e',
        junit: 'r.xml', coverage: 'c.xml', caches: [P: '{cache}/p'], dir: 'd')""",
    "sweep": "env.PIPELINEGEN_NODES = 'agent-1/agent-2'; sweep()",
    "systemDown": "systemDown()",
    "systemUp": "systemUp(envFile: '.e', dir: 'd')",
    "temporaryDown": "temporaryDown(account: 'test', kubeconfigs: ['eu-a': 'x'], dir: 'd')",
    "temporaryUp": """env.PIPELINEGEN_IMAGE = 'x'
        temporaryUp(account: 'test', kubeconfigs: ['eu-a': 'x'], envFile: '.e', dir: 'd')""",
    "withClusters": "withClusters(['eu-a': 'x']) { sh 'y' }",
}


def test_every_step_of_the_library_is_called_here() -> None:
    assert set(CALLS) == set(LIBRARY)


@pytest.mark.parametrize("step", CALLS)
def test_a_step_of_the_library_works_in_the_sandbox(groovy: Groovy, step: str) -> None:
    called = groovy.sandboxed(CALLS[step], LIBRARY)
    silent = step in {"checkArguments", "platformDefaults"}
    assert bool(called) is not silent


def test_a_step_that_fails_fails_by_its_own_words(groovy: Groovy) -> None:
    with pytest.raises(GroovyError, match="runTests: unknown argument nam; known: name, command"):
        groovy.sandboxed("runTests(nam: 'x')", LIBRARY)


@pytest.mark.parametrize(
    "script",
    [
        "BUILD = env.BUILD_TAG.replaceAll('[^A-Za-z0-9_.-]', '-'); echo BUILD",
        '[1, 2].each { echo "${it + 1}" }',
        "for (x in [a: 1].keySet().toList()) { echo x }",
        "def l = []; l << 1; l += [2]; l.add(3); echo \"${l[0]} ${l.size()} ${l.join(',')}\"",
        "if ('a' in ['a'] && 'x' =~ /x/ && !('y' ==~ /z/)) { echo 'x' }",
        '(1..3).each { echo "${it}" }',
        "try { error 'x' } catch (e) { echo e.message }",
        "echo sh(returnStdout: true, script: 'x').trim().split('\\n').toList()[0]",
        "def text = '''\n  a\n'''.stripIndent().tokenize('/')[0]; echo text",
        "def c = { echo it }; c('x'); c.call('y')",
        "class A implements Serializable { String n; String m() { n } }; echo new A(n: 'x').m()",
        "@NonCPS String f(List l) { l.sort { a, b -> a <=> b }.join(',') }; echo f([2, 1])",
        "env.A = 'b'; echo env.A; echo currentBuild.currentResult",
        'echo((1 + 2) as String); echo "${(String) 3}"',
        "println 'x'",
        "echo 'a'.class.name",
    ],
)
def test_what_a_pipeline_does_passes(groovy: Groovy, script: str) -> None:
    assert groovy.sandboxed(script)


@pytest.mark.parametrize(
    ("script", "signature"),
    [
        ("System.getenv('X')", "staticMethod java.lang.System getenv java.lang.String"),
        ("System.exit(0)", "staticMethod java.lang.System exit int"),
        ("new File('/etc/passwd').text", "new java.io.File java.lang.String"),
        ("'/etc/passwd' as File", "new java.io.File java.lang.String"),
        ("['/etc/passwd'] as File", "new java.io.File java.lang.String"),
        ("'ls'.execute()", f"staticMethod {DGM} execute java.lang.String"),
        ("['ls'].each { it.execute() }", f"staticMethod {DGM} execute java.lang.String"),
        ("'ls'.\"${'exec' + 'ute'}\"()", f"staticMethod {DGM} execute java.lang.String"),
        ("Jenkins.instance", "staticMethod jenkins.model.Jenkins getInstance"),
        ("Jenkins.get()", "staticMethod jenkins.model.Jenkins get"),
        ("evaluate('1')", "method groovy.lang.Script evaluate java.lang.String"),
        ("this.evaluate('1')", "method groovy.lang.Script evaluate java.lang.String"),
        ("this.metaClass", "method groovy.lang.GroovyObject getMetaClass"),
        ("getMetaClass()", "method groovy.lang.GroovyObject getMetaClass"),
        ("String.metaClass.x = { }", f"staticMethod {DGM} getMetaClass java.lang.Object"),
        (
            "env.metaClass = null",
            "method groovy.lang.GroovyObject setMetaClass groovy.lang.MetaClass",
        ),
        ("Class.forName('x')", "staticMethod java.lang.Class forName java.lang.String"),
        ("''.class.forName('x')", "staticMethod java.lang.Class forName java.lang.String"),
        ("this.class.classLoader", "method java.lang.Class getClassLoader"),
        ("Runtime.runtime.exec('ls')", "staticMethod java.lang.Runtime getRuntime"),
        ("new Thread()", "new java.lang.Thread"),
        ("new URL('http://x').text", "new java.net.URL java.lang.String"),
        ("[1].withIndex()", f"staticMethod {DGM} withIndex java.lang.Iterable"),
        ("this.dump()", f"staticMethod {DGM} dump java.lang.Object"),
        ("''.&execute", "method java.lang.String execute"),
    ],
)  # fmt: skip
def test_what_jenkins_refuses_is_refused(groovy: Groovy, script: str, signature: str) -> None:
    with pytest.raises(GroovyError) as refused:
        groovy.sandboxed(script)
    assert str(refused.value).endswith(f"Scripts not permitted to use {signature}")


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("class A { static { System.exit(0) } }; new A()", "staticMethod java.lang.System exit"),
        ("class A { def x = 'ls'.execute() }; new A()", "method execute"),
        ("class A { A() { new File('/x') } }; new A()", "new java.io.File"),
        ("@NonCPS def f() { new File('/x').text }; f()", "new java.io.File"),
        ("@NonCPS def f() { evaluate('1') }; f()", "method groovy.lang.Script evaluate"),
        ("@NonCPS def f(x) { x.\"$x\"() }; f('y')", "method that is named at run time"),
    ],
)
def test_code_that_is_not_transformed_is_held_to_it_as_well(
    groovy: Groovy, script: str, refused: str
) -> None:
    with pytest.raises(GroovyError, match=re.escape(f"Scripts not permitted to use {refused}")):
        groovy.sandboxed(script)


@pytest.mark.parametrize(
    "script", ["@Grab('a:b:1') import x.Y", "@groovy.transform.ASTTest(value = { 1 }) class A { }"]
)
def test_annotations_that_run_code_in_the_compiler_are_refused(groovy: Groovy, script: str) -> None:
    with pytest.raises(GroovyError, match=r"Annotation \w+ cannot be used in the sandbox\."):
        groovy.sandboxed(script)


def test_every_line_of_the_list_is_a_signature_that_there_is() -> None:
    kinds = r"(?:method|staticMethod|field|staticField) [\w.$]+ \w+|new [\w.$]+"
    lines = [line for line in ALLOWED.read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert len(lines) == len(set(lines)) > 300
    assert [
        line for line in lines if not re.fullmatch(rf"(?:{kinds})(?: [\w.$]+(?:\[\])*)*", line)
    ] == []


def test_the_list_is_where_it_is_looked_for() -> None:
    assert Path(__file__).with_name("allowed.txt") == ALLOWED
