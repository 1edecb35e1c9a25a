import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.Continuation
import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.Env
import com.cloudbees.groovy.cps.ObjectInputStreamWithLoader
import com.cloudbees.groovy.cps.SerializableScript
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation
import com.cloudbees.groovy.cps.impl.FunctionCallEnv
import groovy.transform.CompileStatic
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.customizers.ImportCustomizer
import org.codehaus.groovy.runtime.InvokerHelper

@interface Library { String[] value() default [] }

/** The Jenkinsfile, the steps with a body and the libraries, each through the CPS transformer. */
class Program {
    static final List CATEGORIES = Continuable.categories + [Iterators]

    private final Build build
    private final GroovyClassLoader trusted
    final GroovyClassLoader untrusted

    Program(Build build) {
        this.build = build
        trusted = loader(Program.classLoader) { it.addCompilationCustomizers(new CpsTransformer()) }
        // A global library is trusted and not in the sandbox; ours has to work in a folder's as well.
        untrusted = loader(trusted) { SandboxTransformer.configure(it, build.controller.allowed) }
        build.globals.putAll([env: new EnvGlobal(), currentBuild: new BuildGlobal(), params: [:],
            scm: new ScmGlobal()])
    }

    private static GroovyClassLoader loader(ClassLoader parent, Closure transform) {
        def settings = new CompilerConfiguration(scriptBaseClass: StepScript.name)
        def imports = new ImportCustomizer().addStarImports('hudson.model', 'jenkins.model')
        settings.addCompilationCustomizers(imports.addImports(Library.name))
        transform(settings)
        new GroovyClassLoader(parent, settings)
    }

    static Env env(Build build) {
        def made = new FunctionCallEnv(null, Continuation.HALT, null, null)
        made.setInvoker(new Sandbox(build.controller.allowed))
        made
    }

    void start() {
        def source = build.request.source as String
        def faults = Validator.validate(source)
        if (faults) {
            build.say('org.codehaus.groovy.control.MultipleCompilationErrorsException: startup failed:')
            faults.each {
                build.say("WorkflowScript: $it.line: $it.message @ line $it.line, column ${it.column}.")
            }
            build.say("${faults.size()} error${faults.size() == 1 ? '' : 's'}")
            build.worsen('FAILURE')
            return
        }
        build.globals.dsl = script(trusted, 'Declarative', Program.classLoader.getResource('Declarative.groovy').text)
        build.say("Obtained Jenkinsfile from git ${build.request.repository}")
        libraries(source)
        def main
        try {
            main = script(untrusted, 'WorkflowScript', source)
        } catch (MultipleCompilationErrorsException error) {
            build.say(error.message)
            build.worsen('FAILURE')
            return
        }
        mismatches()
        def thread = build.thread(new Continuable(main as Script, env(build)), null)
        thread.context << [env: base()]
        build.say('[Pipeline] Start of Pipeline')
        thread.ended = { outcome ->
            build.say('[Pipeline] End of Pipeline')
            if (outcome.abnormal) throw outcome.abnormal
        }
    }

    private static Script script(GroovyClassLoader loader, String name, String text) {
        // Closure.equals() would win over the condition of that name.
        def safe = text.replaceAll(/\bequals(\s*\(?\s*(expected|actual)\s*:)/, 'equals_$1')
        def type = loader.parseClass(new GroovyCodeSource(safe, "${name}.groovy", '/groovy/shell'))
        InvokerHelper.createScript(type, new Binding())
    }

    /** `@Library('name@version') _`, as a global library is loaded ahead of the program. */
    private void libraries(String source) {
        def text = /(?:'[^']+'|"[^"]+")/
        def found = source =~ /(?m)^\s*@Library\(\s*(?:value\s*=\s*)?\[?\s*($text(?:\s*,\s*$text)*)\s*\]?\s*\)/
        while (found.find()) found.group(1).findAll(/[^'",\s][^'",]*/).each { load(it) }
    }

    void load(String identifier) {
        def (name, version) = identifier.tokenize('@')
        def versions = build.request.libraries[name]
        if (versions == null) throw new AbortException("Could not find any definition of libraries [$name]")
        if (!versions[version]) throw new AbortException("No version $version found for library $name")
        build.say("Loading library $identifier")
        def vars = new File(versions[version] as String, 'vars')
        vars.listFiles().findAll { it.name.endsWith('.groovy') }.sort().each {
            def step = it.name - '.groovy'
            build.globals[step] = it
        }
        build.globals['library resources'] = new File(versions[version] as String, 'resources')
    }

    Script variable(String name, File file) { script(untrusted, name, file.getText('UTF-8')) }

    private Map base() {
        def r = build.request
        def leaf = (r.job as String).tokenize('/')
        def path = [*leaf, r.branch].collect { it.replace('/', '%2F') }
        def name = path.join('/')
        [JOB_NAME: name, JOB_BASE_NAME: path.last(), BUILD_NUMBER: "$r.number", BUILD_ID: "$r.number",
         BUILD_DISPLAY_NAME: "#$r.number", BUILD_TAG: "jenkins-${name.replace('/', '-')}-$r.number",
         JENKINS_URL: 'http://jenkins.example/', HUDSON_URL: 'http://jenkins.example/', CI: 'true',
         JOB_URL: "http://jenkins.example/job/${path.join('/job/')}/",
         BUILD_URL: "http://jenkins.example/job/${path.join('/job/')}/$r.number/",
         BRANCH_NAME: r.branch, BRANCH_IS_PRIMARY: r.branch == 'main' ? 'true' : null,
         CHANGE_ID: r.change ? (r.branch as String) - 'PR-' : null,
         JENKINS_HOME: build.controller.home.path].findAll { it.value != null }
            .collectEntries { key, value -> [key, value.toString()] }
    }

    /** Code that is not CPS-transformed and calls code that is: Jenkins warns, and goes wrong. */
    private void mismatches() {
        def build = this.build
        CpsCallableInvocation.registerMismatchHandler({ receiver, name, got, gotName ->
            // What StepScript finds for a name at run time is what was meant.
            if (gotName == "_$name" || receiver == Host || gotName == 'call' && build.globals[name].is(got)) return
            def meant = "${receiver?.class?.name}.$name"
            build.record(event: 'mismatch', text: "expected to call $meant but wound up catching $gotName")
        } as CpsCallableInvocation.MismatchHandler)
    }

    /**
     * Writes the whole program down, as Jenkins does at each step; with `restart` the copy goes on.
     * Gives what the step was called with, of the copy: closures belong to the program, too.
     */
    Map save(Map wanted) {
        def scripts = build.globals.findAll { it.value instanceof Script }
        def bytes = new ByteArrayOutputStream()
        new ObjectOutputStream(bytes).withCloseable { it.writeObject([build.threads*.program, scripts, wanted]) }
        if (!build.request.restart) return wanted
        def written = new ByteArrayInputStream(bytes.toByteArray())
        def (programs, globals, copy) = new ObjectInputStreamWithLoader(written, untrusted).readObject()
        build.threads.eachWithIndex { thread, index -> thread.program = programs[index] }
        build.globals.putAll(globals)
        copy
    }
}

/** What every script of a pipeline is: names that it does not have itself are steps and globals. */
abstract class StepScript extends SerializableScript {
    Object invokeMethod(String name, Object given) {
        def build = Build.get()
        def args = (given as Object[]) as List
        def global = build.global(name)
        if (global != null && name != 'dsl') return InvokerHelper.invokeMethod(global, 'call', given)
        if (Symbols.NAMES.contains(name)) return [symbol: name] + named(name, args)
        def dsl = build.globals.dsl
        def body = args && args.last() instanceof Closure ? args.removeAt(args.size() - 1) : null
        if (name == 'pipeline') return InvokerHelper.invokeMethod(dsl, 'pipeline', body)
        if (name == 'parallel') return InvokerHelper.invokeMethod(dsl, 'parallel', args[0])
        if (!Step.known(name)) {
            def all = (Step.names() as List).sort()
            def globals = build.globals.keySet().findAll { !(it =~ / |^dsl$/) }.sort()
            throw new NoSuchMethodError("No such DSL method '$name' found among steps $all or globals $globals")
        }
        def map = Step.checked(name, named(name, args))
        if (name == 'stage') return InvokerHelper.invokeMethod(dsl, 'stage', [map.name, body] as Object[])
        if (!name.startsWith('_')) build.say("[Pipeline] $name")
        if (body != null) return InvokerHelper.invokeMethod(dsl, "_$name".toString(), [map, body] as Object[])
        return Continuable.suspend(name, [name: name, args: map])
    }

    /** A step's arguments by name: a single one without a name is the one that it must have. */
    private static Map named(String name, List args) {
        if (!args) return [:]
        def sole = args[0]
        if (args.size() == 1 && sole instanceof Map) return Step.plain(sole) as Map
        [(Step.sole(name)): Step.plain(sole)]
    }

    void println(Object text) { invokeMethod('echo', [text as String] as Object[]) }

    Object getProperty(String name) {
        try {
            return super.getProperty(name)
        } catch (MissingPropertyException missing) {
            def build = Build.get()
            if (name != 'dsl' && build.globals.containsKey(name)) return build.global(name)
            def env = build.current.env()
            if (env.containsKey(name)) return env[name]
            throw missing
        }
    }
}

class EnvGlobal implements Serializable {
    Object getProperty(String name) {
        def now = Build.get().current.env()
        name == 'environment' ? now : now[name]
    }
    void setProperty(String name, Object value) { Build.get().own[name] = value as String }
    String getAt(String name) { Build.get().current.env()[name] }
    void putAt(String name, Object value) { Build.get().own[name] = value as String }
}

class BuildGlobal implements Serializable {
    String getCurrentResult() { Build.get().currentResult }
    String getResult() { Build.get().result }
    void setResult(String to) { Build.get().worsen(to) }
    int getNumber() { Build.get().request.number as int }
    String getDisplayName() { "#$number" }
    Object getPreviousBuild() {
        def before = Build.get().request.previous
        before ? [result: before, currentResult: before] : null
    }
}

class ScmGlobal implements Serializable { }

/** ArrayList's own iterators cannot be written down; workflow-cps puts these in their place. */
@CompileStatic
class Counted implements Iterator, Serializable {
    List all
    int at = 0

    Counted(Collection from) { all = new ArrayList(from) }
    boolean hasNext() { at < all.size() }
    Object next() { all.get(at++) }
    void remove() { throw new UnsupportedOperationException() }
}

@CompileStatic
class Iterators {
    static Iterator iterator(List of) { new Counted(of) }
    static Iterator iterator(Set of) { new Counted(of) }
    static Iterator iterator(Map of) { new Counted(entrySet(of)) }
    static Set entrySet(Map of) {
        def found = new LinkedHashSet()
        for (Map.Entry each : (Set<Map.Entry>) of.entrySet()) {
            found.add(new AbstractMap.SimpleImmutableEntry(each.key, each.value))
        }
        found
    }
    static Set keySet(Map of) { new LinkedHashSet((Collection) of.keySet()) }
    static Collection values(Map of) { new ArrayList((Collection) of.values()) }

    /** Groovy gives every object a method of the step's name. */
    static Object sleep(Object self, long time) {
        ((GroovyObject) Build.get().globals.get('dsl')).invokeMethod('sleep', [time] as Object[])
    }
}

class Symbols {
    static final Set<String> NAMES = ['string', 'usernamePassword', 'file', 'usernameColonPassword',
        'sshUserPrivateKey', 'logRotator', 'modernSCM'] as Set
}
