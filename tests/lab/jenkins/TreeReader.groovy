import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement

/** Reads calls and their arguments in a syntax tree, and notes what is wrong and where. */
class TreeReader {
    /** As in Jenkins, what was found while reading comes ahead of what was found in the whole. */
    protected final List<Map> read = []
    protected final List<Map> checked = []
    private final List<String> lines
    private List<Map> errors = read

    protected TreeReader(String source) { lines = source.readLines() }

    protected MethodCallExpression callOf(Statement st) {
        st instanceof ExpressionStatement ? asCall(st.expression) : null
    }

    protected MethodCallExpression asCall(Expression e) {
        e instanceof MethodCallExpression && e.arguments instanceof TupleExpression ? e : null
    }

    protected Map block(Statement st) {
        def mc = callOf(st)
        if (mc == null || simpleName(mc) == null || closureOf(mc) == null) return null
        def closure = closureOf(mc)
        [name: mc.methodAsString, closure: closure, statements: closure.code.statements]
    }

    protected ClosureExpression closureOf(MethodCallExpression mc) {
        def given = mc.arguments.expressions
        given && given.last() instanceof ClosureExpression ? given.last() : null
    }

    protected String simpleName(MethodCallExpression mc) {
        def owner = mc.objectExpression
        owner instanceof VariableExpression && owner.name == 'this' ? mc.methodAsString : null
    }

    /** The name, or an error: `a {} b {}` on one line is a call on the result of a call. */
    protected String nameOf(MethodCallExpression mc) {
        def name = simpleName(mc)
        if (name == null) {
            def owner = mc.objectExpression
            error(mc, owner instanceof VariableExpression && !owner.thisExpression
                ? 'Method calls on objects not allowed outside "script" blocks.' : 'Expected a symbol')
        }
        name ?: 'error'
    }

    protected Object constant(Expression e) { e instanceof ConstantExpression ? e.value : null }

    protected String literal(Expression e) {
        if (e instanceof VariableExpression) return e.name
        constant(e) instanceof String ? e.value : null
    }

    protected boolean plainMap(Expression e) {
        e instanceof MapExpression &&
            !e.mapEntryExpressions.any { literal(it.keyExpression) == '$class' }
    }

    protected void flag(MethodCallExpression mc) {
        def given = mc.arguments.expressions
        if (given.size() != 1 || !(constant(given[0]) instanceof Boolean)) {
            error(mc.method, "Expected a boolean with ${mc.methodAsString}")
        }
    }

    /** `key "value"` lines: each key with its expression, or with the fields of its block. */
    protected Map fields(ClosureExpression closure) {
        def found = new KeyMap()
        closure.code.statements.each { s ->
            def mc = callOf(s)
            if (mc == null) {
                error(closure, 'Expected to find ‘someKey "someValue"’')
                return
            }
            def key = nameOf(mc)
            def given = mc.arguments.expressions
            if (given.size() != 1) {
                error(mc.method, "${given ? 'Too many arguments' : 'No argument'} for map key \"${key}\"")
            } else if (given[0] instanceof ClosureExpression) {
                found[new Key(key: key, node: mc.method)] = fields(given[0])
            } else {
                readValue(given[0])
                found[new Key(key: key, node: mc.method)] = given[0]
            }
        }
        found
    }

    /** `${x}` without quotes is a call of `$` with a block, and never what was meant. */
    protected void readValue(Expression e) {
        if (e instanceof MapExpression) {
            e.mapEntryExpressions.each {
                literal(it.keyExpression) ?: error(it.keyExpression, 'Expected string literal')
                readValue(it.valueExpression)
            }
        } else if (!(e instanceof ConstantExpression || e instanceof GStringExpression)) {
            def said = text(e)
            if (said.startsWith('${')) {
                error(e, "${said} cannot be used as a value directly. Did you mean \"${said}\"?")
            }
        } else if (e instanceof ConstantExpression && e.value instanceof BigInteger &&
                e.value.bitLength() > 63) {
            error(e, 'BigIntegers cannot be used as constants in Declarative. The maximum value for an ' +
                'integer is 9,223,372,036,854,775,807 and the minimum value for an integer is ' +
                '-9,223,372,036,854,775,808.')
        }
    }

    protected String text(ASTNode node) {
        def part = lines[(node.lineNumber - 1)..(node.lastLineNumber - 1)].toList()
        part[-1] = part[-1].take(node.lastColumnNumber - 1)
        part[0] = part[0].drop(node.columnNumber - 1)
        part.join('\n').trim()
    }

    protected List<String> twice(List<String> names) {
        names.findAll { names.count(it) > 1 }.unique()
    }

    protected void error(ASTNode node, String message) { errors << at(node, message) }

    protected Map at(ASTNode node, String message) {
        [line: node.lineNumber, column: node.columnNumber, message: message]
    }

    /** What is said of the whole, behind all that is said of its parts. */
    protected void later(Closure check) {
        def before = errors
        errors = checked
        check()
        errors = before
    }
}

/** A key with the place where it stands. */
class Key {
    String key
    ASTNode node
}

/** Found by a key's text; keeps where each stands. */
class KeyMap extends LinkedHashMap<Key, Object> {
    Object getAt(String key) { find { it.key.key == key }?.value }
}
