import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.runtime.ScriptBytecodeAdapter

/** Holds what steps, conditions, options, triggers and parameters are given to what they take. */
class Arguments extends TreeReader {
    protected Arguments(String source) { super(source) }

    protected void options(Statement st, boolean inStage) {
        calls(st, 'options', 'Options', 'option', 'an option',
            inStage ? Known.STAGE_OPTIONS : Known.OPTIONS)
    }

    /** Options, triggers and parameters: a block of calls whose names are known. */
    protected void calls(Statement st, String section, String what, String kind, String expected,
            List<String> known) {
        def b = block(st)
        if (b == null) {
            error(st, "Expected a block for ${section}")
            return
        }
        def names = []
        b.statements.each { s ->
            def mc = callOf(s)
            if (mc == null) {
                error(s, s instanceof ExpressionStatement && s.expression instanceof MapExpression
                    ? "${what} cannot be defined as maps" : "Expected ${expected}")
            } else if (closureOf(mc) != null) {
                error(s, "${what} definitions cannot have blocks")
            } else {
                names << nameOf(mc)
                readCall(mc)
                later { typeOf(s, mc, kind, known) }
            }
        }
        later {
            if (b.statements.isEmpty()) error(st, "${section} can not be empty")
            if (kind != 'parameter') {
                twice(names).each { error(st, "Duplicate ${kind} name: \"${it}\"") }
            }
        }
    }

    protected void typeOf(Statement st, MethodCallExpression mc, String kind, List<String> names) {
        def name = simpleName(mc)
        if (name == null) return
        if (!(name in names)) {
            error(st, "Invalid ${kind} type \"${name}\". Valid ${kind} types: ${names}")
        } else {
            arguments(st, mc)
        }
        if (kind == 'option' && name in ['parameters', 'triggers']) {
            error(st, "The \"${name}\" job property can't be used in the \"options\" directive. " +
                "Use the \"${name} {...}\" directive instead.")
        }
    }

    protected void arguments(ASTNode node, MethodCallExpression mc) {
        def model = Known.CALLS[simpleName(mc)] ?: Known.STEPS[simpleName(mc)]
        def given = mc.arguments.expressions
        if (given.any { it instanceof MapExpression } && given.size() > 1) {
            error(node, 'Cannot mix named and unnamed arguments')
        } else if (model == null) {
            return
        } else if (given.size() == 1 && given[0] instanceof MapExpression) {
            given[0].mapEntryExpressions.each {
                def inner = asCall(it.valueExpression)
                if (argument(model, it, false) && inner) innerCall(inner)
            }
        } else if (given.size() > 1) {
            error(node, "Arguments to \"${model.name}\" must be explicitly named.")
        } else if (model.needs.size() != given.size()) {
            // A call without arguments stands for its only Boolean.
            if (given || model.needs.values().toList() != [Boolean]) {
                error(node, "\"${model.name}\" should have ${model.needs.size()} arguments but has " +
                    "${given.size()} arguments instead.")
            }
        } else if (given) {
            def inner = asCall(given[0])
            inner ? innerCall(inner) : typed(given[0], model.needs.values().first(), null)
        }
    }

    protected void innerCall(MethodCallExpression mc) {
        arguments(mc, mc)
        def name = simpleName(mc)
        if (Known.BLOCKED_CALLS[name]) blocked(mc, name, Known.BLOCKED_CALLS[name])
    }

    protected void readCall(MethodCallExpression mc) {
        mc.arguments.expressions.each { given ->
            (given instanceof MapExpression ? given.mapEntryExpressions*.valueExpression : [given]).each {
                if (it instanceof ClosureExpression) {
                    error(mc, 'Method call arguments')
                } else if (asCall(it)) {
                    nameOf(it)
                    readCall(it)
                } else {
                    readValue(it)
                }
            }
        }
    }

    /** Holds what is given to a step or a condition to what its class takes. */
    protected void described(ASTNode node, Described model, List<Expression> given) {
        if (given.size() > 1) {
            error(node, "Arguments to \"${model.name}\" must be explicitly named.")
        } else if (given.isEmpty() || plainMap(given[0])) {
            def entries = given ? given[0].mapEntryExpressions : []
            def names = entries.collect { literal(it.keyExpression) }
            def valid = entries.collect { argument(model, it, entries.size() == 1) }.every()
            if (valid) {
                (model.needs.keySet() - names).each {
                    error(node, "Missing required parameter: \"${it}\"")
                }
            }
        } else if (model.sole == null && !model.block) {
            error(node, 'Step does not take a single required parameter - use named parameters instead')
        } else if (model.sole != null) {
            // Jenkins names the parameter of a step that takes no block, and only then.
            typed(given[0], model.parameters[model.sole], null)
        }
    }

    protected boolean argument(Described model, MapEntryExpression entry, boolean alone) {
        def key = literal(entry.keyExpression)
        def type = model.parameters[key]
        if (type == null) {
            error(entry.keyExpression, "Invalid parameter \"${key}\", did you mean " +
                "\"${nearest(key, model.parameters.keySet())}\"?")
            return false
        }
        typed(entry.valueExpression, type, alone && key == model.sole && !model.block ? null : key)
    }

    /** Only what is written as a constant has a type that is known ahead. */
    protected boolean typed(Expression e, Class type, String key) {
        if (!(e instanceof ConstantExpression)) return true
        def value = e.value instanceof BigDecimal ? e.value.doubleValue() : e.value
        try {
            // These would be cast, but Jenkins does not do so when the step is run.
            if (type == String && (value instanceof Integer || value instanceof Boolean) ||
                    type == int && (value instanceof String || value instanceof Boolean)) {
                throw new ClassCastException()
            }
            ScriptBytecodeAdapter.castToType(value, type)
            return true
        } catch (RuntimeException ignored) {
            def got = "but got \"${value}\" of type ${value?.getClass()} instead"
            error(e, key ? "Expecting \"${type}\" for parameter \"${key}\" ${got}"
                : "Expecting \"${type}\" ${got}")
            return false
        }
    }

    protected void blocked(ASTNode node, String name, String why) {
        error(node, "Invalid step \"${name}\" used - not allowed in this context - ${why}")
    }

    protected String nearest(String name, Collection<String> known) {
        known.min { distance(name, it) }
    }

    protected int distance(String a, String b) {
        def row = (0..b.size()).toList()
        a.eachWithIndex { letter, i ->
            def next = [i + 1]
            b.eachWithIndex { other, j ->
                next << [row[j] + (letter == other ? 0 : 1), row[j + 1] + 1, next[j] + 1].min()
            }
            row = next
        }
        row.last()
    }
}
