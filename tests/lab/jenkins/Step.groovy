import groovy.io.FileType
import groovy.util.XmlSlurper

/** One call of a step without a body; `run` takes its time in a thread of its own. */
class Step {
    // Of the interpreter alone: not to be called by a pipeline.
    private static final Map<String, Described> OWN = [
        _acquire: new Described(name: '_acquire', needs: [resource: String]),
        _release: new Described(name: '_release', needs: [resource: String]),
        _allocate: new Described(name: '_allocate', takes: [label: String]),
        _start: new Described(name: '_start', needs: [image: String], takes: [args: String]),
        _stop: new Described(name: '_stop', needs: [container: Object]),
    ]
    private static final Map<String, Described> MORE = [
        script: new Described(name: 'script', block: true),
        stage: new Described(name: 'stage', needs: [name: String], block: true),
        library: new Described(name: 'library', needs: [identifier: String],
            takes: [retriever: Object, changelog: boolean]),
        recordCoverage: new Described(name: 'recordCoverage',
            takes: [tools: List, id: String, name: String, sourceCodeRetention: String]),
    ]

    private static final List<String> NEED_A_NODE = ['sh', 'pwd', 'readFile', 'writeFile', 'fileExists', 'deleteDir',
        'stash', 'unstash', 'archiveArtifacts', 'junit', 'checkout', '_start']

    static Described described(String name) { Known.STEPS[name] ?: MORE[name] ?: OWN[name] }
    static boolean known(String name) { described(name) != null }
    static Collection<String> names() { Known.STEPS.keySet() + MORE.keySet() }

    /** The parameter that a single argument without a name is for. */
    static String sole(String name) {
        if (name in Symbols.NAMES) return 'credentialsId'
        def step = described(name)
        step.sole ?: (step.needs + step.takes).keySet()[0]
    }

    /** Text for what only looks like it: a GString is worked out when the step is called. */
    static Object plain(Object value) {
        if (value instanceof GString) return value as String
        if (value instanceof Map) return value.collectEntries { key, each -> [key as String, plain(each)] }
        if (value instanceof Collection) return value.collect { plain(it) }
        value
    }

    static Map checked(String name, Map args) {
        def step = described(name)
        def missing = step.needs.keySet() - args.keySet() - (name in ['node', 'recordCoverage'] ? ['label'] : [])
        if (missing) throw new IllegalArgumentException("$name: missing required parameter ${missing.join(', ')}")
        def unknown = args.keySet() - step.parameters.keySet()
        if (unknown) {
            Build.get().say("WARNING: Unknown parameter(s) found for class type '$name': ${unknown.join(',')}")
            Build.get().record(event: 'unknown-parameter', step: name, names: unknown)
        }
        args
    }

    final Build build
    final CpsThread thread
    final String name
    final Map args
    private final Map<String, String> env
    private final Map node
    private final Map container
    private final File folder
    private final Collection<String> secrets
    private final String stage
    private volatile Shell shell
    private volatile boolean stopped
    private final Object stageId
    volatile Throwable cause

    Step(Build build, CpsThread thread, String name, Map args) {
        this.build = build
        this.thread = thread
        this.name = name
        this.args = args
        env = thread.env()
        node = thread.inner('node') as Map
        container = thread.inner('container') as Map
        folder = thread.inner('dir') ? new File(thread.inner('dir') as String) : null
        secrets = thread.secrets()
        stage = thread.stage()
        stageId = thread.inner('stageId')
    }

    /** One of the interpreter's, which no abort may cut short. */
    boolean isOwn() { name.startsWith('_') }

    void stop() {
        stopped = true
        shell?.stop()
        build.controller.locks.wake()
    }

    Object run() {
        if (node == null && name in NEED_A_NODE) {
            throw new AbortException('Attempted to execute a step that requires a node context while ‘agent none’ ' +
                'was specified. Be sure to specify your own ‘node { ... }’ blocks when using ‘agent none’.\n' +
                'Required context class hudson.FilePath is missing\nPerhaps you forgot to surround the ' +
                "$name step with a step that provides this, such as: node")
        }
        switch (name) {
            case 'sh': return sh()
            case 'echo': say(args.message); return null
            case 'error': throw new AbortException(args.message as String)
            case 'isUnix': return true
            case 'pwd': return args.tmp ? "${node.workspace}@tmp".toString() : folder.path
            case 'readFile': return file(args.file).getText((args.encoding ?: 'UTF-8') as String)
            case 'writeFile': return write()
            case 'fileExists': return file(args.file).exists()
            case 'deleteDir': folder.deleteDir(); return null
            case 'sleep': return waits(Host.milliseconds([unit: 'SECONDS'] + args))
            case 'unstable':
                say("WARNING: ${args.message}")
                build.worsen('UNSTABLE')
                note(event: 'stage', state: 'UNSTABLE')
                return null
            case 'junit': return new Reports(this).publish()
            case 'archiveArtifacts': return archive()
            case 'stash': return stash()
            case 'unstash': return unstash()
            case 'checkout': return new Checkout(build, node, this).run()
            case 'input': return ask()
            case 'milestone': note(event: 'step', name: name, args: args); return null
            case 'library': build.program.load(args.identifier as String); return null
            case 'libraryResource':
                def resources = build.globals['library resources'] as File
                return new File(resources, args.resource as String).getText('UTF-8')
            case '_allocate': return build.controller.allocate(build, args.label as String)
            case '_acquire': return build.controller.locks.acquire(build, args.resource as String, { stopped })
            case '_release': return build.controller.locks.release(build, args.resource as String)
            case '_start': return new Container(this).start()
            case '_stop': return new Container(this).stop(args.container as Map)
            case ['slackSend', 'mail', 'recordCoverage']: note(event: 'step', name: name, args: args); return null
            default: throw new AbortException("the stand-in does not model the step $name")
        }
    }

    void say(Object text) { build.say(text, secrets) }
    void note(Map what) { build.controller.tell([build: build.request.id, stage: stage, stageId: stageId] + what) }
    File file(Object path) { (path as String).startsWith('/') ? new File(path as String) : new File(folder, path as String) }
    Map<String, String> getVariables() { env }
    Map getNode() { node }
    File getFolder() { folder }

    private Object sh() {
        shell = new Shell(this, container, args.script as String)
        if (stopped) shell.stop()
        def code = shell.run(args.returnStdout as boolean)
        if (args.returnStatus) return code
        if (code != 0) throw new AbortException("script returned exit code $code")
        args.returnStdout ? shell.output : null
    }

    /** A command of Jenkins' own on the node; its lines go to the console. */
    String command(List<String> command, boolean told = true) {
        if (told) say("\$ ${shown(command).join(' ')}")
        note(event: 'command', kind: command[0..1].join(' '), argv: command)
        def here = new File(node.workspace as String)
        def process = new ProcessBuilder(command).directory(here).redirectErrorStream(true).start()
        def text = process.inputStream.getText('UTF-8')
        if (process.waitFor()) {
            def what = command[1] == 'run' ? "image '${command[-2]}'" : "'${command.take(2).join(' ')}'"
            throw new IOException("Failed to run $what. Error: ${text.trim()}")
        }
        text
    }

    /** Variables are not told, as Jenkins does not. */
    private static List<String> shown(List<String> command) {
        def ahead = [''] + command
        [command, ahead[0..<command.size()]].transpose().collect { word, before ->
            before == '-e' ? '********' : word ==~ /[\w@%+=:,.\/-]+/ ? word : "\"$word\""
        }
    }

    private Object write() {
        def target = file(args.file)
        target.parentFile.mkdirs()
        target.setText(args.text as String, (args.encoding ?: 'UTF-8') as String)
        null
    }

    private Object waits(long milliseconds) {
        def until = System.nanoTime() + milliseconds * 1_000_000
        while (!stopped && System.nanoTime() < until) Thread.sleep(20)
        null
    }

    private Object archive() {
        def found = Ant.files(folder, args.artifacts as String)
        say('Archiving artifacts')
        if (!found && !args.allowEmptyArchive) {
            throw new AbortException("No artifacts found that match the file pattern \"${args.artifacts}\". " +
                'Configuration error?')
        }
        found.each { copy(new File(folder, it), new File(build.directory, "archive/$it")) }
        note(event: 'artifacts', paths: found)
        null
    }

    private Object stash() {
        def found = Ant.files(folder, (args.includes ?: '**') as String)
        if (!found && !args.allowEmpty) throw new AbortException("No files included in stash ‘${args.name}’")
        def kept = new File(build.directory, "stashes/${args.name}")
        found.each { copy(new File(folder, it), new File(kept, it)) }
        build.stashes[args.name as String] = kept
        say("Stashed ${found.size()} file(s)")
        null
    }

    private Object unstash() {
        def kept = build.stashes[args.name as String]
        if (!kept) throw new AbortException("No such saved stash ‘${args.name}’")
        Ant.files(kept, '**').each { copy(new File(kept, it), new File(folder, it)) }
        null
    }

    private static void copy(File from, File to) {
        to.parentFile.mkdirs()
        to.bytes = from.bytes
    }

    /** The answer comes with the request: `proceed`, `abort`, or a person who never comes. */
    private Object ask() {
        say(args.message)
        say("${args.ok ?: 'Proceed'} or ${args.cancel ?: 'Abort'}")
        note(event: 'input', args: args)
        def answer = build.request.answers[args.message]
        if (answer == 'proceed') { say('Approved by tester'); return null }
        if (answer == 'abort') throw new FlowInterruptedException('ABORTED', 'Rejected by tester')
        waits(Long.MAX_VALUE / 2_000_000 as long)
        null
    }
}
