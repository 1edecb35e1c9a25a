// Answers JSON lines on stdout to JSON lines on stdin, so that one JVM serves a whole test run.
// It compiles as Jenkins' Groovy does, evaluates expressions, and reads a Jenkinsfile's structure.
import groovy.json.JsonOutput
import groovy.json.JsonSlurperClassic
import groovy.transform.Field
import java.util.concurrent.LinkedBlockingQueue
import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilationFailedException
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.Phases
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer
import org.codehaus.groovy.control.customizers.ImportCustomizer
import org.codehaus.groovy.control.messages.SimpleMessage
import org.codehaus.groovy.control.messages.SyntaxErrorMessage

// A call that was written in a Jenkinsfile. Nothing is executed, so what is done with the
// call's result is only kept as text.
class Call {
    String name
    List args = []
    List body
    boolean assigned
    String text
    Call origin = this

    Object invokeMethod(String method, Object given) {
        derived("${this}.${method}(${Call.show(given as List)})")
    }

    private Call derived(String text) {
        new Call(name: this.@name, args: this.@args, text: text, origin: this.@origin)
    }

    Object getProperty(String property) {
        switch (property) {
            case 'name': return this.@name
            case 'args': return this.@args
            case 'body': return this.@body
            case 'assigned': return this.@assigned
            case 'text': return this.@text
            case 'origin': return this.@origin
            default: return derived("${this}.${property}")
        }
    }

    String toString() { this.@text ?: "${this.@name}(${Call.show(this.@args)})" }

    static String show(List given) {
        given.collect { it instanceof CharSequence ? "'${it}'" : String.valueOf(it) }.join(', ')
    }
}

// env, params and the like: what is read from them is shown as the shell would write it.
class Names {
    String prefix = ''

    Object getProperty(String name) { '${' + this.@prefix + name + '}' }

    Object getAt(String name) { this.getProperty(name) }
}

abstract class RecordingScript extends Script {
    private final List<List<Call>> open = [[]]
    private final Map known = [
        env: new Names(), params: new Names(prefix: 'params.'), scm: 'scm',
        currentBuild: new Names(prefix: 'currentBuild.'), any: 'any', none: 'none',
    ]

    Object recordCall(String name, List given) {
        def call = new Call(name: name)
        for (argument in given) {
            if (argument instanceof Closure) {
                call.body = inside(argument)
            } else {
                call.args << settle(argument)
            }
        }
        open.last() << call
        call
    }

    List inside(Closure closure) {
        open << []
        closure.call()
        open.pop()
    }

    // A call that is an argument of another one was recorded first: it moves to where it belongs.
    Object settle(Object value) {
        if (value instanceof Call) {
            def origin = value.origin
            open.last().removeAll { it.is(origin) }
            return value
        }
        if (value instanceof GString) {
            value.values.each { settle(it) }
            return value.toString()
        }
        if (value instanceof Map) {
            return value.collectEntries { key, item ->
                [(key.toString()): item instanceof Closure ? inside(item) : settle(item)]
            }
        }
        value instanceof Collection ? value.collect { settle(it) } : value
    }

    Object getProperty(String name) { known.containsKey(name) ? known[name] : '${' + name + '}' }

    void setProperty(String name, Object value) {
        if (name == 'binding') {
            super.setProperty(name, value)
        } else {
            open.last() << new Call(name: name, args: [settle(value)], assigned: true)
        }
    }

    List recorded() { open.first() }
}

// Turns each unqualified call f(x) into recordCall('f', [x]), so that nothing of Groovy's own
// (sleep, equals, find) runs in its place, and the free code of script {} and expression {} into
// its text, since that is meant to run and not to be recorded.
class Recorder extends CompilationCustomizer {
    Recorder() { super(CompilePhase.CONVERSION) }

    void call(SourceUnit unit, GeneratorContext context, ClassNode type) {
        def lines = []
        unit.source.reader.withReader { lines.addAll(it.readLines()) }
        type.methods.each { it.code?.visit(new Rewriter(lines: lines)) }
    }
}

class Rewriter extends CodeVisitorSupport {
    List lines

    void visitMethodCallExpression(MethodCallExpression call) {
        if (call.implicitThis && call.methodAsString) {
            def name = call.methodAsString
            def given = arguments(call.arguments)
            if (name in ['script', 'expression']) {
                given = given.collect { it instanceof ClosureExpression ? text(it) : it }
            }
            given.each { it.visit(this) }
            call.method = new ConstantExpression('recordCall')
            call.arguments = new ArgumentListExpression(
                new ConstantExpression(name), new ListExpression(given))
        } else {
            super.visitMethodCallExpression(call)
        }
    }

    List<Expression> arguments(Expression given) {
        if (given instanceof TupleExpression) {
            return given.expressions.collect {
                it instanceof NamedArgumentListExpression
                    ? new MapExpression(it.mapEntryExpressions) : it
            }
        }
        [given]
    }

    ConstantExpression text(ASTNode node) {
        def part = lines[(node.lineNumber - 1)..(node.lastLineNumber - 1)]
        part[-1] = part[-1][0..<(node.lastColumnNumber - 1)]
        part[0] = part[0].substring(node.columnNumber - 1)
        new ConstantExpression(part.join('\n').trim().replaceAll(/(?s)^\{\s*|\s*\}$/, ''))
    }
}

// Jenkins' CPS transformation turns every expression of a file, with those in closures, into one
// method that builds them, so that their number decides about the 64 KB.
class Counter extends CompilationCustomizer {
    Map count = [nodes: 0, stages: 0]

    Counter() { super(CompilePhase.CONVERSION) }

    void call(SourceUnit unit, GeneratorContext context, ClassNode type) {
        def visitor = new CountingVisitor(count: count)
        type.methods.findAll { it.name == 'run' }.each { it.code.visit(visitor) }
    }
}

class CountingVisitor extends CodeVisitorSupport {
    Map count

    void visitMethodCallExpression(MethodCallExpression e) {
        if (e.methodAsString == 'stage') count.stages++
        super.visitMethodCallExpression(add(e))
    }

    void visitClosureExpression(ClosureExpression e) { super.visitClosureExpression(add(e)) }
    void visitConstantExpression(ConstantExpression e) { add(e) }
    void visitVariableExpression(VariableExpression e) { add(e) }
    void visitPropertyExpression(PropertyExpression e) { super.visitPropertyExpression(add(e)) }
    void visitGStringExpression(GStringExpression e) { super.visitGStringExpression(add(e)) }
    void visitListExpression(ListExpression e) { super.visitListExpression(add(e)) }
    void visitMapExpression(MapExpression e) { super.visitMapExpression(add(e)) }
    void visitBinaryExpression(BinaryExpression e) { super.visitBinaryExpression(add(e)) }

    private <T> T add(T e) {
        count.nodes++
        e
    }
}

@Field GroovyClassLoader stubs = new GroovyClassLoader(getClass().classLoader)
stubs.parseClass('''
    import java.lang.annotation.*
    @Retention(RetentionPolicy.RUNTIME)
    @Target([ElementType.LOCAL_VARIABLE, ElementType.PACKAGE, ElementType.TYPE, ElementType.FIELD])
    @interface Library { String[] value() default []; boolean changelog() default true }''')
stubs.parseClass('package com.cloudbees.groovy.cps; @interface NonCPS {}')

// The imports that Jenkins adds to every pipeline script.
CompilerConfiguration configuration(CompilationCustomizer... more) {
    def imports = new ImportCustomizer()
    imports.addStarImports('com.cloudbees.groovy.cps')
    def configuration = new CompilerConfiguration(sourceEncoding: 'UTF-8')
    configuration.addCompilationCustomizers(imports, *more)
    configuration
}

CompilationUnit compiled(String source, String filename, CompilerConfiguration how) {
    def unit = new CompilationUnit(how, null, new GroovyClassLoader(stubs))
    unit.addSource(filename, source)
    unit.compile(Phases.CLASS_GENERATION)
    unit
}

GroovyShell shell(CompilerConfiguration how) { new GroovyShell(stubs, new Binding(), how) }

List errors(CompilationFailedException failure) {
    if (!(failure instanceof MultipleCompilationErrorsException)) {
        return [[message: failure.message, line: null, column: null]]
    }
    failure.errorCollector.errors.collect {
        if (it instanceof SyntaxErrorMessage) {
            def cause = it.cause
            return [message: cause.originalMessage, line: cause.line, column: cause.startColumn]
        }
        def told = it instanceof SimpleMessage ? it.message : it.cause.toString()
        [message: told, line: null, column: null]
    }
}

// Reads a class file for the length of each method's Code, the number that has the limit.
Map sizes(byte[] bytes) {
    def input = new DataInputStream(new ByteArrayInputStream(bytes))
    input.skipBytes(8)
    def names = [:]
    int count = input.readUnsignedShort()
    for (int i = 1; i < count; i++) {
        int tag = input.readUnsignedByte()
        if (tag == 1) {
            names[i] = input.readUTF()
        } else if (tag in [5, 6]) {
            input.skipBytes(8)
            i++
        } else {
            input.skipBytes(tag in [7, 8, 16, 19, 20] ? 2 : tag == 15 ? 3 : 4)
        }
    }
    input.skipBytes(6)
    input.skipBytes(2 * input.readUnsignedShort())
    members(input, names)
    members(input, names)
}

Map members(DataInputStream input, Map names) {
    def found = [:]
    int count = input.readUnsignedShort()
    count.times {
        input.skipBytes(2)
        def name = names[input.readUnsignedShort()] + names[input.readUnsignedShort()]
        int attributes = input.readUnsignedShort()
        attributes.times {
            def attribute = names[input.readUnsignedShort()]
            int length = input.readInt()
            def content = new byte[length]
            input.readFully(content)
            if (attribute == 'Code') {
                found[name] = new DataInputStream(new ByteArrayInputStream(content, 4, 4)).readInt()
            }
        }
    }
    found
}

// The classes of tests/lab/jenkins, compiled when the first is asked for; some need those of jars.
@Field GroovyClassLoader rules

Class jenkins(String name, List<String> jars = []) {
    if (rules == null) {
        rules = new GroovyClassLoader(stubs)
        def here = new File(getClass().protectionDomain.codeSource.location.toURI())
        rules.addClasspath(new File(here.parentFile, 'jenkins').path)
    }
    jars.each { rules.addClasspath(it) }
    rules.loadClass(name)
}

// The bytes of each method that Jenkins' CPS transformer makes of a file. It fails with "Method too
// large" as in Jenkins where one of them exceeds the limit of the JVM.
Map cpsSizes(Map request) {
    def cps = jenkins('com.cloudbees.groovy.cps.CpsTransformer', request.jars).newInstance()
    def how = configuration(jenkins('RuntimeShape').newInstance(), cps)
    how.scriptBaseClass = 'com.cloudbees.groovy.cps.SerializableScript'
    def unit = new CompilationUnit(how, null, new GroovyClassLoader(rules))
    unit.addSource('WorkflowScript', request.source)
    unit.compile(Phases.CLASS_GENERATION)
    def all = [:]
    unit.classes.each { type ->
        sizes(type.bytes).each { method, size -> all["${type.name}.${method}".toString()] = size }
    }
    all
}

Object plain(Object value) {
    if (value instanceof Call) {
        return [name: value.name, args: plain(value.args), body: plain(value.body),
                assigned: value.assigned, text: value.toString(), call: true]
    }
    if (value instanceof Map) return value.collectEntries { key, item -> [(key): plain(item)] }
    if (value instanceof Collection) return value.collect { plain(it) }
    value == null || value instanceof Number || value instanceof Boolean ? value : value.toString()
}

Object answer(Map request) {
    switch (request.do) {
        case 'compile':
            compiled(request.source, request.filename, configuration())
            return []
        case 'sizes':
            def all = [:]
            compiled(request.source, 'Jenkinsfile', configuration()).classes.each { type ->
                sizes(type.bytes).each { method, size ->
                    all["${type.name}.${method}".toString()] = size
                }
            }
            return all
        case 'cps':
            return cpsSizes(request)
        case 'validate':
            return jenkins('Validator').validate(request.source)
        case 'sandbox':
            return jenkins('Trial', request.jars).run(request.source, request.vars, request.allow)
        case 'count':
            def counter = new Counter()
            compiled(request.source, 'Jenkinsfile', configuration(counter))
            return counter.count
        case 'evaluate':
            def value = shell(configuration()).evaluate(request.source)
            if (!(value instanceof CharSequence)) {
                throw new IllegalArgumentException("not text but ${value?.getClass()?.name}")
            }
            return value.toString()
        case 'declarative':
            def how = configuration(new Recorder())
            how.scriptBaseClass = RecordingScript.name
            def script = shell(how).parse(request.source, 'Jenkinsfile')
            script.run()
            return plain(script.recorded())
    }
    throw new IllegalArgumentException("unknown request ${request.do}")
}

// What a script prints must not get between the answers.
def answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, 'US-ASCII')
System.out = System.err

def requests = new LinkedBlockingQueue()
Thread.startDaemon {
    System.in.eachLine('US-ASCII') { requests.put(it) }
    // Whoever asked is gone, maybe killed: an endless script must not live on without it.
    Runtime.runtime.halt(0)
}

while (true) {
    def reply
    try {
        reply = [ok: answer(new JsonSlurperClassic().parseText(requests.take()))]
    } catch (CompilationFailedException failure) {
        reply = [errors: errors(failure)]
    } catch (Throwable failure) {
        reply = [failed: failure.toString()]
    }
    answers.println(JsonOutput.toJson(reply))
}
