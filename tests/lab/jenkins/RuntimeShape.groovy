import static org.codehaus.groovy.ast.tools.GeneralUtils.*

import org.codehaus.groovy.ast.ClassHelper
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.BlockStatement
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer

/**
 * Makes of `pipeline { }` what the declarative plugin makes of it ahead of the CPS transformation:
 * one expression that builds its model. It decides about the 64 KB of a method, as every stage has
 * all of a stage's parts, those that are not there as nulls. It only has the right size; it does not
 * run. After RuntimeASTTransformer of pipeline-model-definition.
 */
class RuntimeShape extends CompilationCustomizer {
    private static final ClassNode MODEL = ClassHelper.make(RuntimeModel)
    private static final List<String> JOB_PROPERTIES = [
        'buildDiscarder', 'disableConcurrentBuilds', 'disableResume', 'durabilityHint',
        'overrideIndexTriggers', 'preserveStashes', 'rateLimitBuilds',
    ]

    RuntimeShape() { super(CompilePhase.SEMANTIC_ANALYSIS) }

    void call(SourceUnit unit, GeneratorContext context, ClassNode type) {
        unit.AST.statementBlock.statements.each {
            def mc = callOf(it)
            if (mc?.methodAsString == 'pipeline') {
                mc.arguments = args(closureX(block(returnS(root(sections(mc))))))
            }
        }
    }

    private Expression root(Map<String, MethodCallExpression> found) {
        model(agent(found.agent), stages(found.stages), post(found.post),
            environment(found.environment), tools(found.tools), options(found.options, false),
            describables(found.triggers), describables(found.parameters),
            list(found.libraries) { it.arguments.expressions[0] },
            constX('00000000-0000-0000-0000-000000000000'))
    }

    private Expression stages(MethodCallExpression mc) {
        mc ? model(new ListExpression(calls(mc).collect { stage(it) })) : NULL()
    }

    private Expression stage(MethodCallExpression mc) {
        def found = sections(mc)
        model(mc.arguments.expressions[0], steps(found.steps), agent(found.agent), post(found.post),
            when(found.when), tools(found.tools), environment(found.environment),
            found.failFast ? found.failFast.arguments.expressions[0] : constX(false),
            options(found.options, true), input(found.input), stages(found.stages),
            stages(found.parallel), found.matrix ? model(stages(sections(found.matrix).stages)) : NULL())
    }

    private Expression steps(MethodCallExpression mc) { mc ? make(closureOf(mc)) : NULL() }

    private Expression agent(MethodCallExpression mc) {
        if (mc == null) return NULL()
        closureOf(mc) ? model(settings(closureOf(mc)))
            : model(map([[mc.arguments.expressions[0].text, constX(true)]]))
    }

    private MapExpression settings(ClosureExpression closure) {
        map(callsIn(closure).collect {
            def value = it.arguments.expressions[0]
            [it.methodAsString, value instanceof ClosureExpression ? settings(value) : value]
        })
    }

    private Expression post(MethodCallExpression mc) {
        mc ? model(map(calls(mc).collect { [it.methodAsString, make(closureOf(it))] })) : NULL()
    }

    private Expression environment(MethodCallExpression mc) {
        if (mc == null) return NULL()
        def values = [], credentials = []
        closureOf(mc).code.statements.each {
            def e = it.expression
            boolean credential = e.rightExpression instanceof MethodCallExpression &&
                e.rightExpression.methodAsString == 'credentials'
            def value = credential ? e.rightExpression.arguments.expressions[0] : e.rightExpression
            (credential ? credentials : values) <<
                [e.leftExpression.text, closureX(block(returnS(value)))]
        }
        model(make(map(values)), make(map(credentials)))
    }

    private Expression tools(MethodCallExpression mc) {
        mc ? model(map(calls(mc).collect {
            [it.methodAsString, closureX(block(returnS(it.arguments.expressions[0])))]
        })) : NULL()
    }

    private Expression options(MethodCallExpression mc, boolean inStage) {
        if (mc == null) return NULL()
        def all = calls(mc)
        def properties = inStage ? [] : all.findAll { it.methodAsString in JOB_PROPERTIES }
        def others = (all - properties).groupBy { Known.CALLS.containsKey(it.methodAsString) }
        def options = map((others[true] ?: []).collect { [it.methodAsString, describable(it)] })
        def wrappers = map((others[false] ?: []).collect {
            def given = it.arguments.expressions
            [it.methodAsString, given.size() == 1 ? given[0] : given ? new ListExpression(given) : NULL()]
        })
        inStage ? model(options, wrappers)
            : model(new ListExpression(properties.collect { describable(it) }), options, wrappers)
    }

    private Expression input(MethodCallExpression mc) {
        if (mc == null) return NULL()
        def found = sections(mc)
        def fields = ['message', 'id', 'ok', 'submitter', 'submitterParameter'].collect {
            found[it] ? found[it].arguments.expressions[0] : NULL()
        }
        model(*fields, describables(found.parameters))
    }

    private Expression when(MethodCallExpression mc) {
        if (mc == null) return NULL()
        def flags = ['beforeAgent', 'beforeInput', 'beforeOptions']
        def found = sections(mc)
        def conditions = calls(mc).findAll { !(it.methodAsString in flags) }.collect { condition(it) }
        model(closureX(block(returnS(new ListExpression(conditions)))),
            *flags.collect { found[it] ? found[it].arguments.expressions[0] : constX(false) })
    }

    private Expression condition(MethodCallExpression mc) {
        if (mc.methodAsString == 'expression') {
            return make(classX(MODEL), map([['<anonymous>', closureOf(mc)]]))
        }
        if (closureOf(mc) == null) return describable(mc)
        def inside = calls(mc).collect { condition(it) }
        def given = mc.methodAsString == 'not' ? inside[0] : new ListExpression(inside)
        make(classX(MODEL), map([['<anonymous>', given]]))
    }

    private Expression describables(MethodCallExpression mc) { list(mc) { describable(it) } }

    private Expression describable(MethodCallExpression mc) {
        def entries = []
        mc.arguments.expressions.each { given ->
            if (given instanceof MapExpression) {
                given.mapEntryExpressions.each { entries << [it.keyExpression.text, value(it.valueExpression)] }
            } else {
                entries << ['<anonymous>', value(given)]
            }
        }
        make(classX(MODEL), map(entries))
    }

    private Expression value(Expression e) {
        e instanceof MethodCallExpression && e.implicitThis ? describable(e) : e
    }

    private Expression list(MethodCallExpression mc, Closure<Expression> each) {
        mc ? model(new ListExpression(calls(mc).collect(each))) : NULL()
    }

    private static Expression NULL() { constX(null) }

    private static Expression model(Expression... given) { ctorX(MODEL, args(given)) }

    private static Expression make(Expression... given) { callX(MODEL, 'make', args(given)) }

    private static MapExpression map(List<List> entries) {
        new MapExpression(entries.collect { new MapEntryExpression(constX(it[0]), it[1]) })
    }

    private Map<String, MethodCallExpression> sections(MethodCallExpression mc) {
        calls(mc).collectEntries { [(it.methodAsString): it] }
    }

    private List<MethodCallExpression> calls(MethodCallExpression mc) { callsIn(closureOf(mc)) }

    private List<MethodCallExpression> callsIn(ClosureExpression closure) {
        ((BlockStatement) closure.code).statements.collect { callOf(it) }.findAll()
    }

    private MethodCallExpression callOf(Statement st) {
        st instanceof ExpressionStatement && st.expression instanceof MethodCallExpression
            ? st.expression : null
    }

    private ClosureExpression closureOf(MethodCallExpression mc) {
        def given = mc.arguments.expressions
        given && given.last() instanceof ClosureExpression ? given.last() : null
    }
}
