import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.syntax.Types

/** The parts of a pipeline and of a stage that hold no steps. */
class Directives extends Arguments {
    protected Directives(String source) { super(source) }

    protected void agent(Statement st) {
        def b = block(st)
        if (b == null) {
            def given = callOf(st).arguments.expressions
            if (given.isEmpty()) {
                error(st, 'No argument for agent')
                noType(st)
            } else if (given.size() > 1 || !(literal(given[0]) in ['any', 'none'])) {
                error(st, 'Only "agent none", "agent any" or "agent {...}" are allowed.')
                noType(st)
            }
            return
        }
        def type = b.statements.size() == 1 ? callOf(b.statements[0]) : null
        if (type == null) {
            error(st, b.statements.size() > 1
                ? 'Only one agent type is allowed per agent section' : 'Expected an agent')
            noType(st)
            return
        }
        def settings = fields(b.closure)[nameOf(type)]
        later { agentType(type, settings) }
    }

    protected void noType(Statement st) {
        later { error(st, "No agent type specified. Must be one of ${Known.AGENT_NAMES}") }
    }

    protected void agentType(MethodCallExpression mc, Object settings) {
        def name = simpleName(mc)
        if (name == null || name in ['any', 'none']) return
        def model = Known.AGENTS[name]
        if (settings instanceof Map && name == 'label') model = Known.AGENTS.node
        if (model == null) {
            error(mc.method, "Invalid agent type \"${name}\" specified. Must be one of " +
                "${Known.AGENT_NAMES}")
        } else if (settings instanceof Map) {
            (model.needs.keySet() - settings.keySet()*.key).each {
                error(mc.method, "Missing required parameter for agent type \"${model.name}\": ${it}")
            }
            settings.keySet().each {
                if (!model.parameters[it.key]) {
                    error(it.node, "Invalid config option \"${it.key}\" for agent type " +
                        "\"${model.name}\". Valid config options are ${model.parameters.keySet()}")
                }
            }
        } else if (model.needs.size() > 1) {
            error(mc.method, "Multiple parameters are required for agent type \"${model.name}\" - " +
                "${model.needs.keySet()}. Please use a block instead.")
        }
    }

    protected void environment(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for environment')
            return
        }
        def names = []
        boolean wrong = false
        b.statements.each { s ->
            def e = s instanceof ExpressionStatement ? s.expression : null
            if (!(e instanceof BinaryExpression && e.operation.type == Types.EQUAL)) {
                wrong = true
                def said = text(s)
                error(s, said.contains('=') ? notAVariable(said.split('=')[0].trim())
                    : "\"${said}\" is not a valid environment expression. Use \"key = value\" pairs " +
                    'with valid Java/shell keys.')
                return
            }
            def name = literal(e.leftExpression)
            if (name in names) {
                error(e.leftExpression, "Duplicate environment variable name: \"${name}\"")
            }
            names << name
            value(e.rightExpression)
            later { if (!(name ==~ /[a-zA-Z_]\w*/)) error(e.leftExpression, notAVariable(name)) }
        }
        if (wrong) error(st, 'Expected name=value pairs')
        later { if (names.isEmpty()) error(st, 'No variables specified for environment') }
    }

    protected void value(Expression e) {
        if (e instanceof ConstantExpression || e instanceof GStringExpression) return
        if (e instanceof MethodCallExpression) {
            if (simpleName(e) == 'credentials') {
                e.arguments.expressions.each {
                    if (!(it instanceof ConstantExpression || it instanceof GStringExpression)) {
                        error(e, 'Internal function call parameters must be strings.')
                    }
                }
            } else {
                readValue(e)
            }
        } else if (!(e instanceof BinaryExpression)) {
            error(e, 'Environment variable values must either be single quoted, double quoted, or ' +
                'function calls.')
        } else if (e.operation.type != Types.PLUS) {
            error(e, 'Environment variable values can only be joined together with ‘+’s.')
        } else {
            for (part in [e.leftExpression, e.rightExpression]) {
                if (part instanceof BinaryExpression) {
                    value(part)
                } else if (!(part instanceof ConstantExpression || part instanceof GStringExpression)) {
                    error(part, 'Environment variable values to be concatenated together must be ' +
                        'single or double quoted.')
                }
            }
        }
    }

    protected String notAVariable(String name) {
        "\"${name}\" is not a valid identifier and cannot be used for an environment variable. " +
            'Identifiers must start with a letter or underscore and can contain only letters, numbers ' +
            'or underscores.'
    }

    protected void tools(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for tools')
            return
        }
        b.statements.each { s ->
            def mc = callOf(s)
            if (mc == null) {
                error(st, 'Expected to find ‘someTool "someVersion"’')
                return
            }
            def name = nameOf(mc)
            int given = mc.arguments.expressions.size()
            if (given == 0) error(mc.method, "No argument for tool \"${name}\"")
            if (given > 1) error(mc.method, "Too many arguments for tool \"${name}\"")
            later {
                if (!(name in Known.TOOLS)) {
                    error(mc.method, "Invalid tool type \"${name}\". Valid tool types: ${Known.TOOLS}")
                }
            }
        }
        later { if (b.statements.isEmpty()) error(st, 'No tools specified') }
    }

    protected void libraries(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for libraries')
            return
        }
        b.statements.each { s ->
            def mc = callOf(s)
            def given = mc?.methodAsString == 'lib' ? mc.arguments.expressions : []
            if (given.size() != 1 || given[0] instanceof MapExpression) {
                error(s, "Expected a \"lib(...)\" but got ${text(s)}")
            }
        }
        later { if (b.statements.isEmpty()) error(st, 'libraries can not be empty') }
    }

    protected void input(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for input')
            return
        }
        def seen = [] as Set
        b.statements.each { s ->
            def mc = callOf(s)
            if (mc == null) {
                error(st, "Not a valid section definition: \"${text(s)}\". " +
                    'Some extra configuration is required.')
                return
            }
            def name = nameOf(mc)
            if (!seen.add(name)) error(st, "Multiple occurrences of the ${name} section")
            int given = mc.arguments.expressions.size()
            if (given != 1) {
                error(mc.method, "${given ? 'Too many arguments' : 'No argument'} for field \"${name}\"")
            } else if (name == 'parameters') {
                calls(s, name, 'Build parameters', 'parameter', 'a build parameter definition',
                    Known.PARAMETERS)
            } else if (name in ['message', 'id', 'ok', 'submitter', 'submitterParameter']) {
                readValue(mc.arguments.expressions[0])
            } else {
                error(mc.method, "Not a valid field for input: \"${name}\"")
            }
        }
        later { if (!('message' in seen)) error(st, 'No message specified for input') }
    }

    protected void when(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for when')
            return
        }
        int conditions = 0
        b.statements.each { s ->
            def mc = callOf(s)
            if (mc == null) {
                error(st, 'Expected a when condition')
            } else if (simpleName(mc) in ['beforeAgent', 'beforeInput', 'beforeOptions']) {
                flag(mc)
            } else {
                conditions++
                condition(s)
            }
        }
        later {
            if (!conditions) error(st, 'Empty when closure, remove the property or add some content.')
        }
    }

    protected void condition(Statement st) {
        def mc = callOf(st)
        if (mc == null) {
            error(st, 'Expected a when condition')
            return
        }
        def name = nameOf(mc)
        def b = block(st)
        if (name == 'expression') {
            if (b == null) error(st, 'When step without a block')
            return
        }
        def given = b == null ? mc.arguments.expressions : mc.arguments.expressions[0..<-1]
        given.each { readValue(it) }
        b?.statements?.each { condition(it) }
        later { conditionAsAWhole(st, name, given, b) }
    }

    protected void conditionAsAWhole(Statement st, String name, List<Expression> given, Map b) {
        int inside = b ? b.statements.size() : 0
        int allowed = Known.CHILDREN.get(name, 0)
        if (!Known.CONDITIONS[name]) {
            error(st, "Unknown conditional ${name}. Valid conditionals are: " +
                Known.CONDITIONS.keySet().join(', '))
        } else if (allowed && (given || b == null)) {
            error(st, "No additional arguments are allowed for children when condition \"${name}\".")
        } else if (allowed < 0 && !inside) {
            error(st, "Nested when condition \"${name}\" requires at least one child condition.")
        } else if (allowed > 0 && inside != allowed) {
            error(st, "Nested when condition \"${name}\" requires exactly ${allowed} child condition(s).")
        } else if (!allowed && inside) {
            error(st, "No children when conditions are allowed for when condition \"${name}\".")
        } else if (!allowed) {
            described(st, Known.CONDITIONS[name], given)
        }
    }
}
