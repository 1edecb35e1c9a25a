/**
 * A shell script, as the durable-task plugin runs it: from a file beside the workspace, its output in a
 * log there and its exit code in another, in the container of the stage by `docker exec`.
 */
class Shell {
    static final String COOKIE = 'JENKINS_SERVER_COOKIE'

    private final Step step
    private final Map container
    private final String script
    private final File control
    private final String cookie = "durable-${UUID.randomUUID().toString().replace('-', '')}"
    private final StringBuilder told = new StringBuilder()
    private volatile Process process
    private volatile boolean stopped
    private Integer code

    Shell(Step step, Map container, String script) {
        this.step = step
        this.container = container
        this.script = script
        // Beside the folder of the step, which for `dir` is in the workspace (WorkspaceList.tempDir).
        control = new File("${step.folder.path}@tmp/durable-${cookie[-8..-1]}")
    }

    String getOutput() { told as String }

    int run(boolean quiet) {
        step.folder.mkdirs()
        control.mkdirs()
        try {
            return code = finish(quiet)
        } finally {
            control.deleteDir()
            if (stopped) step.say("script returned exit code ${code ?: 143}")
        }
    }

    private int finish(boolean quiet) {
        def file = new File(control, 'script.sh'), log = new File(control, 'jenkins-log.txt')
        def result = new File(control, 'jenkins-result.txt')
        def own = script.startsWith('#!')
        file.setText(script, 'UTF-8')
        file.setExecutable(true, false)
        log.createNewFile()
        def q = { "'" + (it as String).replace("'", "'\"'\"'") + "'" }
        def run = own ? q(file) : "sh -xe ${q(file)}"
        // Of a step that returns its output only stderr is told.
        def to = quiet ? "> ${q(new File(control, 'output.txt'))} 2> ${q(log)}" : "> ${q(log)} 2>&1"
        def line = "$COOKIE=$cookie $run $to; echo \$? > ${q(result)}"
        step.note(event: 'command', kind: 'sh', script: script, environment: step.variables,
            container: container?.id, image: container?.image, folder: step.folder.path)
        def builder = new ProcessBuilder(container ? exec(line as String) : ['sh', '-c', line as String])
            .redirectErrorStream(true).redirectInput(new File('/dev/null')).directory(step.folder)
        if (!container) builder.environment().putAll(step.variables)
        process = builder.start()
        def errors = new StringBuffer()
        def reader = Build.daemon({ process.inputStream.eachLine { errors << it << '\n' } } as Runnable, 'exec')
        reader.start()
        def at = 0L
        while (process.alive) {
            at = follow(log, at, false)
            Thread.sleep(20)
        }
        reader.join(1000)
        follow(log, at, true)
        if (errors) errors.toString().eachLine { step.say(it) }
        if (quiet && new File(control, 'output.txt').exists()) told << new File(control, 'output.txt').getText('UTF-8')
        result.exists() && result.text.trim() ? result.text.trim() as int : -1
    }

    private long follow(File log, long from, boolean end) {
        def to = log.length()
        if (to <= from) return from
        def bytes = log.withInputStream { stream -> stream.skip(from); stream.bytes }
        def last = end ? bytes.length : (bytes.toList().lastIndexOf((byte) 10) + 1)
        if (last == 0) return from
        new String(bytes, 0, last, 'UTF-8').readLines().each { step.say(it) }
        from + last
    }

    private List<String> exec(String line) {
        def given = step.variables.findAll { name, value -> name != 'PATH' && step.build.controller.own[name] != value }
        ['docker', 'exec', *(step.folder.path == step.node.workspace ? [] : ['--workdir', step.folder.path]),
         *given.collectMany { name, value -> ['--env', "$name=$value".toString()] }, container.id, 'sh', '-c', line]*.toString()
    }

    /** Kills what carries this script's cookie; an image without `ps` cannot be looked into. */
    void stop() {
        stopped = true
        step.say('Sending interrupt signal to process')
        if (!container) {
            process?.descendants()?.each { it.destroy() }
            process?.destroy()
            return
        }
        def listed = ['docker', 'exec', container.id, 'ps', '-A', '-o', 'pid,command', 'e'].execute()
        def text = listed.text
        if (listed.waitFor()) {
            step.say('java.io.IOException: failed to run ps')
        } else {
            def found = text.readLines().findAll { it.contains("$COOKIE=$cookie") }.collect { it.trim().tokenize()[0] }
            if (found) ['docker', 'exec', container.id, 'kill', *found].execute().waitFor()
            if (process?.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)) return
            step.say('After 10s process did not stop')
        }
        process?.destroy()
    }
}

/** The stage's container, as docker-workflow's WithContainerStep starts and removes it. */
class Container {
    private final Step step

    Container(Step step) { this.step = step }

    Map start() {
        def here = step.node.workspace as String, image = step.args.image as String
        step.say('Jenkins does not seem to be running inside a container')
        def user = "${id('-u')}:${id('-g')}"
        def given = step.variables.findAll { name, value -> name != 'PATH' && step.build.controller.own[name] != value }
        def tmp = "$here@tmp"
        new File(tmp).mkdirs()
        def command = ['docker', 'run', '-t', '-d', '-u', user, *words(step.args.args as String), '-w', here,
            '-v', "$here:$here:rw,z", '-v', "$tmp:$tmp:rw,z",
            *given.collectMany { name, value -> ['-e', "$name=$value"] }, image, 'cat']*.toString()
        def container = step.command(command).readLines().last().trim()
        def top = step.command(['docker', 'top', container, '-eo', 'pid,comm'])
        if (!(top =~ /\bcat\b/)) {
            step.say("ERROR: The container started but didn't run the expected command. Please double check " +
                'your ENTRYPOINT does execute the command passed as docker run argument, as required by ' +
                'official docker images')
        }
        [id: container, image: image]
    }

    Object stop(Map container) {
        step.command(['docker', 'stop', '--time=1', container.id as String])
        step.command(['docker', 'rm', '-f', '--volumes', container.id as String])
        null
    }

    private static String id(String which) { ['id', which].execute().text.trim() }

    /** As Util.tokenize: split at blanks, quotes hold words together, no shell. */
    private static List<String> words(String text) {
        (text ?: '').findAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/).collect { it.replaceAll(/["']/, '') }
    }
}

/** `checkout scm`: the repository at the branch, in the node's workspace; what was there stays. */
class Checkout {
    private final Build build
    private final Map node
    private final Step step

    Checkout(Build build, Map node, Step step) {
        this.build = build
        this.node = node
        this.step = step
    }

    Map run() {
        def repository = build.request.repository as String, branch = build.request.branch as String
        def here = new File(node.workspace as String)
        if (!new File(here, '.git').exists()) {
            step.say("Cloning the remote Git repository")
            git('init', here.path)
            git('config', 'remote.origin.url', repository)
        }
        step.say('Fetching changes from the remote Git repository')
        git('fetch', '--tags', '--force', '--progress', '--', repository, '+refs/heads/*:refs/remotes/origin/*')
        def commit = git('rev-parse', "refs/remotes/origin/$branch^{commit}").trim()
        step.say("Checking out Revision $commit ($branch)")
        git('config', 'core.sparsecheckout', 'false')
        git('checkout', '-f', commit)
        [GIT_BRANCH: branch, GIT_COMMIT: commit, GIT_URL: repository]
    }

    private String git(String... args) {
        step.say(" > git ${args.join(' ')} # timeout=10")
        def builder = new ProcessBuilder(['git', '-c', 'safe.directory=*', *args]*.toString())
            .directory(new File(node.workspace as String))
        builder.environment().putAll([GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null'])
        def process = builder.start()
        def errors = new StringBuffer()
        process.consumeProcessErrorStream(errors)
        def text = process.inputStream.text
        if (process.waitFor()) throw new AbortException("git ${args[0]}: $errors")
        text
    }
}

/** JUnit reports, as the junit step publishes them. */
class Reports {
    private final Step step

    Reports(Step step) { this.step = step }

    Map publish() {
        step.say('Recording test results')
        def found = Ant.files(step.folder, step.args.testResults as String).collect { new File(step.folder, it) }
        def began = step.build.controller.began(step.build)
        if (step.args.skipOldReports) found = found.findAll { it.lastModified() >= began - 3000 }
        if (!found) {
            if (!step.args.allowEmptyResults) {
                throw new AbortException('No test report files were found. Configuration error?')
            }
            step.say('None of the test reports contained any result')
            return [totalCount: 0, failCount: 0, skipCount: 0, passCount: 0]
        }
        def cases = found.collectMany { file ->
            new XmlSlurper(false, false).parse(file).'**'.findAll { it.name() == 'testcase' }.collect { one(it) }
        }
        def failed = cases.findAll { it.state == 'failed' }
        step.note(event: 'tests', cases: cases, files: found*.path)
        if (failed && !step.args.skipMarkingBuildUnstable) {
            step.build.worsen('UNSTABLE')
            step.note(event: 'stage', state: 'UNSTABLE')
        }
        [totalCount: cases.size(), failCount: failed.size(), skipCount: cases.count { it.state == 'skipped' },
            passCount: cases.count { it.state == 'passed' }]
    }

    private static Map one(Object node) {
        def kinds = node.children().collect { it.name() }
        def state = kinds.any { it in ['failure', 'error'] } ? 'failed' : 'skipped' in kinds ? 'skipped' : 'passed'
        def why = node.children().find { it.name() in ['failure', 'error'] }
        def text = why ? "${why.@message}\n${why.text()}".toString().trim() : ''
        [name: node.@name as String, suite: node.@classname as String, state: state, text: text]
    }
}
