import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.Continuation
import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.Outcome
import com.cloudbees.groovy.cps.SerializableScript
import com.cloudbees.groovy.cps.impl.FunctionCallEnv
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.runtime.InvokerHelper

/** Runs a script in the sandbox, where a step does nothing but to be written down. */
class Trial {
    static List<String> steps
    static Map<String, Script> library
    static Script blocks

    /** The steps with a block: trusted, as Jenkins' own are, and CPS code, as their block is. */
    private static final String BLOCKS = '''
        def catchError(Map m, Closure body) { body() }
        def dir(String d, Closure body) { body() }
        def node(String l, Closure body) { body() }
        def timeout(Map m, Closure body) { body() }
        def withCredentials(List l, Closure body) { body() }
        def withDockerContainer(Map m, Closure body) { body() }
        def withEnv(List l, Closure body) { body() }
    '''

    /** The names of the steps that were called; what the script threw, it throws. */
    static List<String> run(String source, Map<String, String> vars, List<String> allow) {
        steps = []
        def trusted = new CompilerConfiguration(scriptBaseClass: TrialScript.name)
        trusted.addCompilationCustomizers(new CpsTransformer())
        def known = new Binding(env: new TrialEnv(), currentBuild: new TrialBuild(), params: [:])
        blocks = new GroovyShell(Trial.classLoader, known, trusted).parse(BLOCKS)
        def untrusted = new CompilerConfiguration(scriptBaseClass: TrialScript.name)
        SandboxTransformer.configure(untrusted, allow)
        def shell = new GroovyShell(blocks.class.classLoader, known, untrusted)
        library = vars.collectEntries { name, text -> [(name): shell.parse(text, "${name}.groovy")] }
        def env = new FunctionCallEnv(null, Continuation.HALT, null, null)
        env.setInvoker(new Sandbox(allow))
        def program = new Continuable(shell.parse(source, 'WorkflowScript.groovy'), env)
        program.run0(new Outcome(null, null), Continuable.categories).replay()
        steps
    }

    static Object step(String name, List given) {
        steps << name
        def m = given && given[0] instanceof Map ? given[0] : [:]
        switch (name) {
            case 'error': throw new Exception(given[0].toString())
            case 'sh': return m.returnStatus ? 0 : m.returnStdout ? 'text\n' : null
            case 'readFile': return 'A=1\nB=2\n'
        }
        null
    }
}

abstract class TrialScript extends SerializableScript {
    Object invokeMethod(String name, Object args) {
        def target = Trial.library?.get(name)
        if (target != null) return InvokerHelper.getMetaClass(target).invokeMethod(target, 'call', args)
        def blocks = Trial.blocks
        if (blocks != null && InvokerHelper.getMetaClass(blocks).respondsTo(blocks, name)) {
            return InvokerHelper.getMetaClass(blocks).invokeMethod(blocks, name, args)
        }
        Trial.step(name, (args as Object[]) as List)
    }

    void println(Object text) { Trial.step('println', [text]) }
}

class TrialEnv implements Serializable {
    private final Map<String, String> values = [
        BRANCH_NAME: 'main', BUILD_NUMBER: '7', BUILD_TAG: 'jenkins-orders-7', JOB_NAME: 'orders',
        NODE_NAME: 'agent-1', PIPELINEGEN_BUILD: 'jenkins-orders-7', WORKSPACE_TMP: '/w@tmp',
    ]

    Object getProperty(String name) { this.@values.get(name) }

    void setProperty(String name, Object value) { this.@values.put(name, value.toString()) }
}

class TrialBuild implements Serializable {
    String currentResult = 'SUCCESS'
}
