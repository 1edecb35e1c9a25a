import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.Phases
import org.codehaus.groovy.control.messages.SyntaxErrorMessage

/**
 * Refuses what the declarative validator of Jenkins refuses, by the syntax tree alone: nothing is run.
 *
 * As there, a step that is not known passes, and the arguments of the known ones are checked.
 */
class Validator extends Directives {
    private Validator(String source) { super(source) }

    /** What Jenkins would say against a Jenkinsfile: maps of line, column and message. */
    static List<Map> validate(String source) {
        def unit = new CompilationUnit(new CompilerConfiguration(sourceEncoding: 'UTF-8'))
        def script = unit.addSource('WorkflowScript', source)
        try {
            unit.compile(Phases.CONVERSION)
        } catch (MultipleCompilationErrorsException e) {
            return e.errorCollector.errors.findAll { it instanceof SyntaxErrorMessage }.collect {
                [line: it.cause.line, column: it.cause.startColumn, message: it.cause.originalMessage]
            } ?: [[line: 1, column: 1, message: e.message]]
        }
        new Validator(source).file(script.AST.statementBlock.statements)
    }

    private List<Map> file(List<Statement> statements) {
        def declarative = statements.find { callOf(it)?.methodAsString == 'pipeline' }
        declarative == null ? statements.each { nested(it) } : pipeline(declarative)
        read + checked
    }

    private void nested(Statement st) {
        def b = block(st)
        if (b == null) return
        if (b.name == 'pipeline') {
            error(st, 'pipeline block must be at the top-level, not within another block.')
        }
        b.statements.each { nested(it) }
    }

    private void pipeline(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block with the "pipeline" step')
            return
        }
        def seen = [] as Set
        b.statements.each { section ->
            def mc = callOf(section)
            if (mc == null) {
                error(section, "Not a valid section definition: \"${text(section)}\". " +
                    'Some extra configuration is required.')
                return
            }
            def name = nameOf(mc)
            if (!seen.add(name)) error(section, "Multiple occurrences of the ${name} section")
            switch (name) {
                case 'agent': agent(section); break
                case 'environment': environment(section); break
                case 'libraries': libraries(section); break
                case 'options': options(section, false); break
                case 'parameters': calls(section, name, 'Build parameters', 'parameter',
                    'a build parameter definition', Known.PARAMETERS); break
                case 'post': post(section); break
                case 'stages': stages(section, false); break
                case 'tools': tools(section); break
                case 'triggers': calls(section, name, 'Triggers', 'trigger', 'a trigger',
                    Known.TRIGGERS); break
                default: error(section, "Undefined section \"${name}\"")
            }
        }
        def missing = ['stages', 'agent'].findAll { !(it in seen) }
        checked.addAll(0, missing.collect { at(st, "Missing required section \"${it}\"") })
    }

    private List<String> stages(Statement st, boolean parallel, String section = 'stages') {
        def b = block(st)
        if (b == null) {
            error(st, "Expected a block for ${section}")
            return []
        }
        def names = b.statements.collect { stage(it, parallel) }.findAll()
        later {
            if (names.isEmpty()) error(st, 'No stages specified')
            twice(names).each { error(st, "Duplicate stage name: \"${it}\"") }
        }
        names
    }

    private String stage(Statement st, boolean parallel) {
        def mc = callOf(st)
        if (mc == null || simpleName(mc) != 'stage' || !(closureOf(mc))) {
            error(st, mc != null && simpleName(mc) == 'stage' && !mc.arguments.expressions.isEmpty()
                ? "Stage does not have a block" : 'Expected a stage')
            return null
        }
        def given = mc.arguments.expressions
        if (given.size() < 2) {
            error(st, 'Expected a stage name but did not find any')
            return null
        }
        def name = literal(given[0])
        if (given.size() > 2) error(st, 'Stage does not have a block')
        def found = [:]
        closureOf(mc).code.statements.each { section(it, st, found, parallel) }
        later { stageAsAWhole(st, name, found, parallel) }
        name
    }

    private void section(Statement s, Statement stage, Map found, boolean parallel) {
        def mc = callOf(s)
        if (mc == null) {
            error(stage, "Not a valid stage section definition: \"${text(s)}\". " +
                'Some extra configuration is required.')
            return
        }
        def name = nameOf(mc)
        if (found.containsKey(name)) {
            error(stage, "Multiple occurrences of the ${name} section")
        }
        found[name] = s
        switch (name) {
            case 'agent': agent(s); break
            case 'environment': environment(s); break
            case 'failFast': flag(mc); break
            case 'input': input(s); break
            case 'matrix': matrix(s); break
            case 'options': options(s, true); break
            case 'parallel': found.parallelStages = stages(s, true, 'parallel'); break
            case 'post': post(s); break
            case 'stages': stages(s, parallel); break
            case 'steps': found.branches = steps(s); break
            case 'tools': tools(s); break
            case 'when': when(s); break
            default:
                error(stage, "Unknown stage section \"${name}\". Starting with version 0.5, steps in a " +
                    'stage must be in a ‘steps’ block.')
        }
    }

    private void stageAsAWhole(Statement st, String name, Map found, boolean parallel) {
        def inner = ['parallel', 'matrix'].find { found[it] }
        def ways = ['parallel', 'matrix', 'stages', 'steps'].findAll { found[it] }
        if (parallel && (inner || found.branches > 1)) {
            error(found[inner ?: 'steps'],
                'Parallel stages or branches can only be included in a top-level stage.')
        } else if (ways.size() > 1) {
            error(st, "Only one of \"matrix\", \"parallel\", \"stages\", or \"steps\" allowed for " +
                "stage \"${name}\"")
        } else if (ways.isEmpty()) {
            error(st, "Expected one of \"steps\", \"stages\", or \"parallel\" for stage \"${name}\"")
        } else if (inner) {
            for (one in ['agent', 'tools']) {
                if (found[one]) {
                    error(found[one], "\"${one}\" is not allowed in stage \"${name}\" as it contains " +
                        'parallel stages')
                }
            }
        }
    }

    private void matrix(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for matrix')
            return
        }
        def names = b.statements.collect { callOf(it) ? nameOf(callOf(it)) : null }
        b.statements.findAll { callOf(it)?.methodAsString == 'stages' }.each { stages(it, true) }
        later {
            for (name in ['axes', 'stages']) {
                if (!(name in names)) error(st, "Missing required section \"${name}\"")
            }
        }
    }

    /** The number of branches: more than one where the only step is `parallel`. */
    private int steps(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block for steps')
            return 1
        }
        def only = b.statements.size() == 1 ? callOf(b.statements[0]) : null
        if (only != null && simpleName(only) == 'parallel') return parallelStep(only)
        branch(b.closure)
        1
    }

    private int parallelStep(MethodCallExpression mc) {
        def given = mc.arguments.expressions
        def entries = given.size() == 1 && given[0] instanceof MapExpression
            ? given[0].mapEntryExpressions : []
        int branches = 0
        entries.each { entry ->
            if (literal(entry.keyExpression) == 'failFast') {
                if (!(constant(entry.valueExpression) instanceof Boolean)) {
                    error(entry.keyExpression, 'Expected a boolean with failFast')
                }
            } else if (entry.valueExpression instanceof ClosureExpression) {
                branches++
                branch(entry.valueExpression)
            } else {
                error(entry.keyExpression, 'Expected closure or failFast')
            }
        }
        branches
    }

    private void branch(ClosureExpression closure) {
        closure.code.statements.each { step(it) }
        later { if (closure.code.statements.isEmpty()) error(closure, 'No steps specified for branch') }
    }

    private void step(Statement st) {
        def mc = callOf(st)
        if (mc == null) {
            error(st, 'Expected a step')
            return
        }
        def name = nameOf(mc)
        def b = block(st)
        if (name in ['script', 'expression']) {
            if (b == null) error(st, "${name == 'script' ? 'Script' : 'When'} step without a block")
            return
        }
        def given = b == null ? mc.arguments.expressions : mc.arguments.expressions[0..<-1]
        given.each { readValue(it) }
        b?.statements?.each { step(it) }
        later {
            if (Known.STEPS[name] && name != 'parallel') described(st, Known.STEPS[name], given)
            if (Known.BLOCKED_STEPS[name]) blocked(st, name, Known.BLOCKED_STEPS[name])
        }
    }

    private void post(Statement st) {
        def b = block(st)
        if (b == null) {
            error(st, 'Expected a block')
            return
        }
        def names = []
        b.statements.each { s ->
            def condition = block(s)
            if (condition == null) {
                error(s, 'The ‘post’ section can only contain build condition names with code blocks. ' +
                    "Valid condition names are ${Known.POST}")
                return
            }
            names << condition.name
            branch(condition.closure)
            later {
                if (!(condition.name in Known.POST)) {
                    error(s, "Invalid condition \"${condition.name}\" - valid conditions are " +
                        "${Known.POST}")
                }
            }
        }
        later {
            if (names.isEmpty()) error(st, 'post can not be empty')
            twice(names).each { error(st, "Duplicate build condition name: \"${it}\"") }
        }
    }
}
