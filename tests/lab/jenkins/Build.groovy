import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.Outcome
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.ScheduledExecutorService
import java.util.concurrent.TimeUnit

/**
 * One build: its program and the thread that runs it, its console and its result.
 *
 * As in Jenkins one thread runs all of the program's (CPS) threads, one at a time, until each waits for
 * a step; steps that take time run elsewhere and bring their outcome back by the queue.
 */
class Build {
    private static final ThreadLocal<Build> RUNNING = new ThreadLocal<>()
    private static final ScheduledExecutorService CLOCK =
        Executors.newScheduledThreadPool(1, { Runnable r -> daemon(r, 'clock') })

    static Build get() { RUNNING.get() }

    final Controller controller
    final Map request
    final Map<String, String> own = Collections.synchronizedMap([:])   // what `env.X = …` has set
    final Map<String, Object> globals = [:]
    final Map<String, File> stashes = [:]
    final List<CpsThread> threads = []
    final File directory
    CpsThread current
    Program program
    String result
    boolean aborted
    String branch
    private final LinkedBlockingQueue<Closure> queue = new LinkedBlockingQueue<>()
    private final ExecutorService workers = Executors.newCachedThreadPool { Runnable r -> daemon(r, 'step') }
    private Throwable failure
    private boolean over

    Build(Controller controller, Map request) {
        this.controller = controller
        this.request = request
        def place = [request.job, request.branch, request.number].collect { "$it".replace('/', '_') }
        directory = new File(controller.home, "jobs/${place.join('/')}")
        directory.mkdirs()
    }

    static Thread daemon(Runnable work, String name) {
        def thread = new Thread(work, name)
        thread.daemon = true
        thread
    }

    // ---- what it says ----

    /** One line of the console; what is a secret in the current context does not show. */
    synchronized void say(Object text, Collection<String> secrets = current?.secrets() ?: []) {
        String line = text
        secrets.sort(false) { -it.size() }.each { if (it) line = line.replace(it, '****') }
        controller.tell(build: request.id, event: 'line', text: line)
    }

    void record(Map what) {
        controller.tell([build: request.id, stage: current?.stage(), stageId: current?.inner('stageId')] + what)
    }

    /** One of the program's globals; a library's is compiled when it is first named. */
    Object global(String name) {
        def found = globals[name]
        if (found instanceof File) found = globals[name] = program.variable(name, found)
        found
    }

    String getCurrentResult() { result ?: 'SUCCESS' }

    static final List<String> ORDER = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']

    /** A result only ever gets worse. */
    void worsen(String to) { if (ORDER.indexOf(to) > ORDER.indexOf(getCurrentResult())) result = to }

    // ---- its program ----

    /** Runs the build to its end. */
    void run() {
        RUNNING.set(this)
        try {
            program = new Program(this)
            program.start()
            while (threads) {
                def runnable = threads.find { it.outcome != null }
                if (runnable) step(runnable) else queue.take().call()
            }
        } catch (Throwable error) {
            failure = error
        } finally {
            finish()
        }
    }

    CpsThread thread(Continuable program, CpsThread parent) {
        def made = new CpsThread(program: program, outcome: new Outcome(null, null), parent: parent,
            context: parent ? parent.context.collect() : [])
        threads << made
        made
    }

    /** A CPS thread that runs a closure of the program. */
    CpsThread thread(Closure body, CpsThread parent) {
        try {
            def value = body.call()
            // Not one of the program's: it has run already.
            return new CpsThread(outcome: new Outcome(value, null), parent: parent, context: [], done: true)
        } catch (CpsCallableInvocation call) {
            return thread(new Continuable(call.asBlock(), Program.env(this)), parent)
        }
    }

    private void step(CpsThread thread) {
        def given = thread.outcome
        thread.outcome = null
        current = thread
        def got
        try {
            got = thread.program.run0(given, Program.CATEGORIES)
        } catch (Throwable error) {
            got = new Outcome(null, error)
        }
        if (!thread.program.resumable) {
            end(thread, got)
            return
        }
        def wanted = got.normal as Map
        try {
            wanted = program.save(wanted)
        } catch (NotSerializableException error) {
            // As CpsThreadGroup.saveProgram: the program itself gets the exception.
            record(event: 'not-serializable', type: error.message, step: wanted.name)
            thread.outcome = new Outcome(null, error)
            return
        }
        begin(thread, wanted)
    }

    private void begin(CpsThread thread, Map wanted) {
        if (thread.pending && !(wanted.name as String).startsWith('_')) {
            resume(thread, new Outcome(null, thread.pending))
            thread.pending = null
            return
        }
        if (wanted.name == 'parallel') {
            new Branches(this, thread, wanted.branches as Map, wanted.failFast as boolean).start()
            return
        }
        def step = new Step(this, thread, wanted.name as String, wanted.args as Map)
        thread.running = step
        workers.submit {
            def outcome
            try {
                outcome = new Outcome(step.run(), null)
            } catch (Throwable error) {
                outcome = new Outcome(null, error)
            }
            later { resume(thread, step.cause ? new Outcome(null, step.cause) : outcome) }
        }
    }

    void resume(CpsThread thread, Outcome outcome) {
        thread.running = null
        thread.outcome = outcome
    }

    void later(Closure work) { queue.add(work) }

    /** After so many milliseconds, in the build's thread. */
    def after(long milliseconds, Closure work) {
        CLOCK.schedule({ later(work) } as Runnable, milliseconds, TimeUnit.MILLISECONDS)
    }

    private void end(CpsThread thread, Outcome outcome) {
        threads.remove(thread)
        thread.done = true
        thread.result = outcome
        if (thread.ended) thread.ended.call(outcome)
        else if (outcome.abnormal) failure = outcome.abnormal
    }

    /**
     * Stops what the CPS threads below some point wait for; each gets the exception when that has ended.
     * What the interpreter itself does (to start a container, to remove it) comes to its end: the
     * exception waits for the next step.
     */
    void interrupt(Throwable why, Closure<Boolean> which = { true }) {
        threads.findAll { it.running && which(it) }.each { thread ->
            def step = thread.running
            if (step.own && step.name != '_acquire') {
                thread.pending = why
            } else if (!step.cause) {
                step.cause = why
                workers.submit { step.stop() }
            }
        }
    }

    void abort(String who) {
        later {
            say("Aborted by $who")
            aborted = true
            interrupt(new FlowInterruptedException('ABORTED'))
        }
    }

    private void finish() {
        if (failure instanceof StoppedByTest) {
            say(failure.message, [])
        } else if (failure) {
            worsen(failure instanceof FlowInterruptedException ? failure.result : 'FAILURE')
            tellFailure()
        }
        controller.locks.release(this)
        if (failure instanceof FlowInterruptedException && failure.why == 'timeout') {
            say('Timeout has been exceeded', [])
        }
        say("Finished: $currentResult", [])
        controller.tell(build: request.id, event: 'finished', result: currentResult)
        workers.shutdownNow()
        RUNNING.remove()
    }

    private void tellFailure() {
        if (failure instanceof FlowInterruptedException) return
        if (failure instanceof AbortException) {
            say("ERROR: ${failure.message}", [])
            return
        }
        def text = new StringWriter()
        failure.printStackTrace(new PrintWriter(text))
        def lines = text.toString().readLines()
        // The program's own lines; the others are of this harness.
        def ours = /(Build|Controller|Declarative|Host|Program|Sandbox|Step)\.groovy/
        def useful = lines.findAll { it =~ /^\tat .*\(\w+\.groovy:\d+\)/ && !(it =~ ours) }
        ("$failure".readLines() + useful).each { say(it, []) }
    }
}

/** One of the program's threads, with what is around it: variables, folder, node, container. */
class CpsThread {
    Continuable program
    Outcome outcome
    Outcome result
    CpsThread parent
    List<Map> context
    Step running
    Throwable pending
    Closure ended
    boolean done

    /** The innermost of what the blocks around it have set. */
    Object inner(String what) { context.reverse().find { it.containsKey(what) }?.get(what) }

    String stage() { inner('stage') }

    Collection<String> secrets() { context.collectMany { it.secrets ?: [] } }

    /** Variables, the inner over the outer; `PATH+X` goes ahead of the PATH. */
    Map<String, String> env() {
        def found = new TreeMap<String, String>()
        def build = Build.get()
        if (inner('node')) found.putAll(build.controller.own)
        context.eachWithIndex { frame, index ->
            (frame.env ?: [:]).each { name, value ->
                def (key, suffix) = (name as String).tokenize('+')
                if (suffix) found[key] = found[key] ? "$value:${found[key]}".toString() : value as String
                else if (value == '') found.remove(key)
                else found[key] = value as String
            }
            if (index == 0) found.putAll(build.own)
        }
        found
    }
}

/** The branches of one `parallel`. */
class Branches {
    final Build build
    final CpsThread parent
    final Map<String, Closure> bodies
    final boolean failFast
    private final Map<String, Outcome> outcomes = [:]
    private Throwable first

    Branches(Build build, CpsThread parent, Map bodies, boolean failFast) {
        this.build = build
        this.parent = parent
        this.bodies = bodies
        this.failFast = failFast
    }

    void start() {
        if (!bodies) {
            parent.outcome = new Outcome([:], null)
            return
        }
        def waiting = bodies.collect { name, body ->
            build.say("[Pipeline] { (Branch: $name)")
            def thread = build.thread(body, parent)
            thread.context << [branch: name]
            thread.ended = { Outcome outcome -> ended(name, outcome) }
            thread
        }
        waiting.findAll { it.done }.each { it.ended.call(it.outcome) }
    }

    private void ended(String name, Outcome outcome) {
        outcomes[name] = outcome
        build.say('[Pipeline] }')
        if (outcome.abnormal) {
            build.say("Failed in branch $name")
            first = worse(first, outcome.abnormal)
            if (failFast) {
                build.interrupt(new FlowInterruptedException('ABORTED', 'failFast')) { it != parent && below(it) }
            }
        }
        if (outcomes.size() < bodies.size()) return
        build.say('[Pipeline] // parallel')
        parent.outcome = first ? new Outcome(null, first)
            : new Outcome(outcomes.collectEntries { key, value -> [key, value.normal] }, null)
    }

    private boolean below(CpsThread thread) {
        while (thread && thread != parent) thread = thread.parent
        thread == parent
    }

    /** An abort counts for less than what failed of itself. */
    private static Throwable worse(Throwable one, Throwable other) {
        one == null || one instanceof FlowInterruptedException ? other : one
    }
}
