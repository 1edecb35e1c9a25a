import groovy.json.JsonBuilder
import groovy.json.JsonSlurperClassic
import java.util.concurrent.ConcurrentHashMap

/** Jenkins: builds, nodes with their workspaces, locks. Requests and events are lines of JSON. */
class Controller {
    final File home
    final List<String> allowed   // what the sandbox lets pass
    final Locks locks = new Locks()
    final Map<String, String> own = System.getenv()
    private final Map<String, Build> builds = new ConcurrentHashMap<>()
    private final Map<String, Long> beginnings = new ConcurrentHashMap<>()
    private final Set<String> taken = [] as Set
    private final PrintStream out

    Controller(File home, PrintStream out, List<String> allowed) {
        this.home = home
        this.out = out
        this.allowed = allowed
    }

    synchronized void tell(Map what) { out.println(new JsonBuilder(what)) ; out.flush() }

    long began(Build build) { beginnings[build.request.id] }

    void handle(Map request) {
        switch (request.do) {
            case 'start':
                beginnings[request.id] = System.currentTimeMillis()
                def build = new Build(this, request)
                builds[request.id] = build
                Build.daemon({ build.run() } as Runnable, "build ${request.id}").start()
                break
            case 'abort': builds[request.id].abort(request.who as String); break
            default: tell(id: request.id, event: 'answer', error: "unknown request ${request.do}")
        }
    }

    /** A node with the label, and a workspace on it that no other build uses. */
    synchronized Map allocate(Build build, String label) {
        def nodes = build.request.nodes as Map
        def name = nodes.keySet().find { label == null || it == unquoted(label) || unquoted(label) in nodes[it] }
        if (!name) throw new AbortException("There are no nodes with the label ‘$label’")
        def job = "${build.request.job}_${build.request.branch}".replaceAll(/[^a-zA-Z0-9-_.]+/, '_')
        def base = "${home.path}/workspace/$job".toString()
        def workspace = base, number = 1
        while (!taken.add(workspace)) workspace = "$base@${++number}".toString()
        new File(workspace).mkdirs()
        new File("$workspace@tmp").mkdirs()
        def env = [NODE_NAME: name, NODE_LABELS: ([name] + nodes[name]).join(' '), WORKSPACE: workspace,
            WORKSPACE_TMP: "$workspace@tmp".toString(), EXECUTOR_NUMBER: "${number - 1}".toString()]
        [name: name == 'built-in' ? 'Jenkins' : name, workspace: workspace, env: env]
    }

    synchronized void free(Object workspace) { taken.remove(workspace as String) }

    private static String unquoted(String label) { label.replaceAll(/^"|"$/, '') }

    static void main(String... args) {
        def out = System.out
        System.out = System.err   // what a pipeline prints of itself must not end among the events
        def controller = new Controller(new File(args[0]), out, new File(args[1]).readLines('UTF-8'))
        System.in.eachLine('UTF-8') { controller.handle(new JsonSlurperClassic().parseText(it) as Map) }
        System.exit(0)
    }
}

/** Lockable resources: each is one build's at a time. */
class Locks {
    private final Map<String, Build> held = [:]

    synchronized Object acquire(Build build, String name, Closure<Boolean> stopped) {
        build.say("Trying to acquire lock on [Resource: $name]", [])
        while (held[name]) {
            if (stopped()) return null
            wait(1000)
        }
        held[name] = build
        build.say("Lock acquired on [Resource: $name]", [])
        null
    }

    synchronized Object release(Build build, String name) {
        if (held[name] == build) held.remove(name)
        build.say("Lock released on resource [Resource: $name]", [])
        notifyAll()
        null
    }

    synchronized void release(Build build) {
        held.findAll { it.value == build }.keySet().toList().each { held.remove(it) }
        notifyAll()
    }

    synchronized void wake() { notifyAll() }
}
