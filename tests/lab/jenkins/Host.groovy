import com.cloudbees.groovy.cps.Continuable
import java.security.MessageDigest
import org.codehaus.groovy.runtime.InvokerHelper

/** What the interpreter asks of Jenkins itself: nothing of it is in the program that is written down. */
class Host {
    private static Build b() { Build.get() }

    static void say(Object text) { b().say(text) }
    static void push(Map frame) { b().current.context << frame }
    static void pop() { b().current.context.removeAt(b().current.context.size() - 1) }
    static Object suspend(Map wanted) { Continuable.suspend(wanted.name as String, wanted) }
    static void worsen(String to) { b().worsen(to) }
    static boolean interrupted(Throwable error) { error instanceof FlowInterruptedException }
    /** By a person: what a time limit stopped may be tried again. */
    static boolean aborted(Throwable error) { error instanceof FlowInterruptedException && error.why != 'timeout' }
    static boolean onNode() { b().current.inner('node') != null }
    static String folder(String path) {
        if (path.startsWith('/')) return path
        new File(b().current.inner('dir') as String, path).toPath().normalize().toString()
    }

    /** A step by its name, as the program would call it. */
    static Object step(String name, List args, Closure body) {
        InvokerHelper.invokeMethod(b().globals.dsl, name, (args + [body]) as Object[])
    }

    static Map<String, String> variables(Collection overrides) {
        overrides.collectEntries { each ->
            def at = (each as String).indexOf('=')
            if (at < 0) throw new IllegalArgumentException("expected NAME=value, not $each")
            [(each as String)[0..<at], (each as String).substring(at + 1)]
        }
    }

    // ---- credentials ----

    /** Variables and files of the bindings; what is secret does not show in the console. */
    static Map bind(Collection bindings) {
        def env = [:], secrets = [], files = []
        bindings.each { each ->
            def found = b().request.credentials[each.credentialsId]
            if (!found) throw new AbortException("Could not find credentials entry with ID '${each.credentialsId}'")
            b().record(event: 'credentials', id: each.credentialsId)
            switch (each.symbol) {
                case 'string':
                    env[each.variable] = found.text
                    secrets << found.text
                    break
                case 'usernamePassword':
                    env[each.usernameVariable] = found.username
                    if (each.both) {
                        env[each.both] = "${found.username}:${found.password}".toString()
                        secrets << env[each.both]
                    }
                    env[each.passwordVariable] = found.password
                    secrets << found.password
                    break
                case 'file':
                    def folder = new File("${b().current.inner('node').workspace}@tmp/secretFiles/${UUID.randomUUID()}")
                    folder.mkdirs()
                    def file = new File(folder, 'file')
                    file.text = found.text
                    env[each.variable] = file.path
                    secrets << file.path
                    files << folder.path
                    break
                default: throw new AbortException("CredentialNotFoundException: no binding ${each.symbol}")
            }
        }
        [env: env, secrets: secrets, files: files]
    }

    static void unbind(Map bound) { bound.files.each { new File(it as String).deleteDir() } }

    /** The bindings of `environment { X = credentials('id') }`. */
    static List environmentBindings(Map<String, Map> given) {
        given.collect { name, each ->
            def found = b().request.credentials[each.id]
            if (!found) throw new AbortException("Could not find credentials entry with ID '${each.id}'")
            if (found.username) {
                return [both: name, symbol: 'usernamePassword', credentialsId: each.id,
                    usernameVariable: "${name}_USR".toString(), passwordVariable: "${name}_PSW".toString()]
            }
            [symbol: found.file ? 'file' : 'string', credentialsId: each.id, variable: name]
        }
    }

    // ---- time limits ----

    private static final Map<String, Long> UNITS =
        [MILLISECONDS: 1L, SECONDS: 1000L, MINUTES: 60_000L, HOURS: 3_600_000L, DAYS: 86_400_000L]

    static long milliseconds(Map args) { (args.time as long) * UNITS[args.unit ?: 'MINUTES'] }

    static String timer(Map args) {
        def id = UUID.randomUUID() as String, build = b()
        say("Timeout set to expire in ${span(milliseconds(args))}")
        build.globals["timer $id".toString()] = true
        build.after(milliseconds(args)) {
            if (!build.globals["timer $id".toString()]) return
            build.say('Cancelling nested steps due to timeout')
            build.interrupt(new FlowInterruptedException('ABORTED', 'timeout')) { thread ->
                thread.context.any { it.timer == id }
            }
        }
        id
    }

    /** A time as Jenkins tells it: its two greatest units. */
    private static String span(long milliseconds) {
        def left = milliseconds, told = []
        [day: 86_400_000L, hr: 3_600_000L, min: 60_000L, sec: 1000L].each { unit, size ->
            def many = unit == 'day' && left >= 2 * size ? 's' : ''
            if (left >= size && told.size() < 2) told << "${left.intdiv(size)} $unit$many"
            left %= size
        }
        told ? told.join(' ') : "$milliseconds ms"
    }

    static void stopTimer(String id) { b().globals.remove("timer $id".toString()) }

    // ---- nodes ----

    static void free(Map node) { b().controller.free(node.workspace) }

    // ---- stages ----

    static void until(String name) {
        if (b().request.until == name) throw new StoppedByTest("stopped ahead of the stage '$name'")
    }

    private static int stages = 0

    static synchronized Map stageFrame(String name) { [stage: name, stageId: ++stages, env: [STAGE_NAME: name]] }
    static void stageBegins() { b().record(event: 'stage', state: 'begins') }
    static void stageEnds() { b().record(event: 'stage', state: 'ends') }
    static void stageResult(String to) { if (to != 'SUCCESS') b().record(event: 'stage', state: to) }

    /** Why a stage is not run at all. */
    static String skips(Map root, Throwable error) {
        if (error != null) return 'earlier failure(s)'
        def flagged = root.flags.contains('skipStagesAfterUnstable')
        flagged && b().currentResult == 'UNSTABLE' ? 'earlier stage(s) marking the build as unstable' : null
    }

    /** Options that are no steps: their names. */
    static List<String> flags(Section options) { options.calls*.name }

    static void failed(Throwable error) {
        if (error instanceof StoppedByTest) return
        // What another branch's failure stopped is not what the build ends with.
        if (!(interrupted(error) && error.why == 'failFast')) worsen(interrupted(error) ? error.result : 'FAILURE')
        stageResult(error instanceof FlowInterruptedException ? error.result : 'FAILURE')
    }

    /** The conditions of a `post` that hold, in Jenkins' order; a stage's look at the stage's own error. */
    static List<String> postConditions(Map blocks, Throwable error, boolean ofStage) {
        Known.POST.findAll { blocks[it] != null && applies(it, error, ofStage) }
    }

    private static boolean applies(String condition, Throwable error, boolean ofStage) {
        def now = b().currentResult, before = b().request.previous
        def failed = error != null && !(error instanceof StoppedByTest)
        if (failed && now == 'SUCCESS') now = 'FAILURE'
        if (ofStage && condition in ['aborted', 'success', 'unsuccessful', 'unstable', 'failure']) {
            now = failed ? (interrupted(error) ? error.result : 'FAILURE') : now == 'UNSTABLE' ? now : 'SUCCESS'
        }
        switch (condition) {
            case ['always', 'cleanup']: return true
            case 'changed': return !before || now != before
            case 'fixed': return now == 'SUCCESS' && before in ['FAILURE', 'UNSTABLE']
            case 'regression': return before && Build.ORDER.indexOf(now) > Build.ORDER.indexOf(before)
            case 'unsuccessful': return now != 'SUCCESS'
            case 'notBuilt': return now == 'NOT_BUILT'
            default: return now == condition.toUpperCase()
        }
    }

    // ---- when ----

    private static final List<String> TIMING = ['beforeAgent', 'beforeInput', 'beforeOptions']

    static boolean timing(String name) { name in TIMING }
    static boolean has(Section when, String which) { when.calls.any { it.name == which && it.args[0] } }

    static boolean condition(String name, Object given) {
        def env = b().current.env()
        switch (name) {
            case 'branch': return env.BRANCH_NAME && matches(given, env.BRANCH_NAME)
            case 'tag': return env.TAG_NAME && (given == null || matches(given, env.TAG_NAME))
            case 'buildingTag': return env.TAG_NAME as boolean
            case 'changeRequest':
                if (given) throw new AbortException('the stand-in does not model the arguments of changeRequest')
                return env.CHANGE_ID as boolean
            case 'environment':
                def now = env[given.name]
                return given.ignoreCase ? now?.equalsIgnoreCase(given.value) : now == given.value
            case 'equals_': return given.expected == given.actual
            default: throw new AbortException("the stand-in does not model the condition $name")
        }
    }

    /** Ant's patterns, without regard to case; `comparator` chooses another way. */
    private static boolean matches(Object given, String name) {
        def pattern = given instanceof Map ? given.pattern : given as String
        switch (given instanceof Map ? given.comparator : 'GLOB') {
            case 'EQUALS': return name == pattern
            case 'REGEXP': return name ==~ pattern
            default: return Ant.matches(pattern.toLowerCase(), name.toLowerCase())
        }
    }

    // ---- the declarative model ----

    /** Sections by name; of a section the only argument. */
    static Map model(Section record) {
        def found = [:]
        record.calls.each { found[it.name] = it.args ? it.args[0] : true }
        found.putAll(record.vars)
        def strange = found.keySet() - MODELLED.getOrDefault(record.kind, found.keySet())
        if (strange) throw new AbortException("the stand-in does not model ${strange.join(', ')} of ${record.kind}")
        found
    }

    private static final Map<String, Set<String>> MODELLED = [
        pipeline: ['agent', 'options', 'environment', 'stages', 'post', 'parameters', 'triggers', 'libraries'] as Set,
        stage: ['agent', 'options', 'environment', 'stages', 'post', 'when', 'steps', 'parallel', 'failFast',
            'input'] as Set,
        dockerfile: ['filename', 'dir', 'additionalBuildArgs', 'args', 'label', 'reuseNode'] as Set,
        docker: ['image', 'args', 'label', 'reuseNode'] as Set,
    ]

    /** The defaults of `parameters { }`. */
    static void parameters(Section given) {
        given.calls.each { b().globals.params[it.args[0].name] = it.args[0].defaultValue }
    }

    private static final List<String> WRAPPERS = ['ansiColor', 'catchError', 'lock', 'retry', 'timeout',
        'timestamps', 'warnError', 'withCredentials', 'withEnv']
    static List<String> stageOptions() { WRAPPERS }
    static List<String> rootOptions() { WRAPPERS }

    static String sha1(String text) {
        MessageDigest.getInstance('SHA-1').digest(text.getBytes('UTF-8')).encodeHex() as String
    }
}

/** The end that a test asked for. */
class StoppedByTest extends Error {
    StoppedByTest(String message) { super(message) }
}

/** One section of the declarative pipeline: the calls and the assignments in its braces. */
class Section implements Serializable {
    String kind
    List calls = []
    Map vars = [:]
    boolean closed

    Object invokeMethod(String name, Object given) {
        if (closed) throw new MissingMethodException(name, Section, given as Object[])
        if (kind == 'environment') {
            if (name == 'credentials') return [id: (given as Object[])[0] as String]
            throw new MissingMethodException(name, Section, given as Object[])
        }
        if (Symbols.NAMES.contains(name)) throw new MissingMethodException(name, Section, given as Object[])
        calls << [name: name, args: (given as Object[]).collect { it instanceof GString ? it as String : it }]
        null
    }

    Object getProperty(String name) {
        if (name in ['calls', 'vars', 'kind']) return this.@"$name"
        if (!closed && kind in ['pipeline', 'stage'] && name in ['any', 'none']) return name
        if (kind == 'environment' && vars.containsKey(name)) return vars[name]
        throw new MissingPropertyException(name, Section)
    }

    void setProperty(String name, Object value) {
        if (name in ['closed', 'kind']) this.@"$name" = value
        else if (!closed && kind == 'environment') vars[name] = value instanceof Map ? value : value as String
        else throw new MissingPropertyException(name, Section)
    }
}

/** Patterns of Apache Ant. */
class Ant {
    static boolean matches(String pattern, String path) { path ==~ regex(pattern) }

    private static String regex(String pattern) {
        def given = pattern.endsWith('/') ? "$pattern**" : pattern
        def known = ['**/': '(?:.*/)?', '/**': '(?:/.*)?', '**': '.*', '*': '[^/]*', '?': '[^/]']
        def parts = given =~ /\*\*\/|\/\*\*$|\*\*|\*|\?|[^*?\/]+|\//
        parts.collect { known[it] ?: java.util.regex.Pattern.quote(it as String) }.join('')
    }

    /** The files below a folder that one of the patterns (`a,b`) matches, by their paths from it. */
    static List<String> files(File folder, String patterns) {
        def wanted = patterns.split(',')*.trim().findAll()
        def found = []
        if (folder.directory) folder.eachFileRecurse(groovy.io.FileType.FILES) {
            def path = folder.toPath().relativize(it.toPath()) as String
            if (wanted.any { matches(it, path) }) found << path
        }
        found.sort()
    }
}
