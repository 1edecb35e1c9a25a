import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.sandbox.Untrusted
import org.codehaus.groovy.ast.AnnotatedNode
import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.FieldNode
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer
import org.codehaus.groovy.control.customizers.ImportCustomizer
import org.codehaus.groovy.syntax.SyntaxException

/**
 * The CPS transformer whose code Sandbox checks.
 *
 * What is not transformed (`@NonCPS`, static blocks, initial values, constructors) never comes to
 * Sandbox. Jenkins puts its checks into that code; here it is held to the list by the names in it,
 * when it is compiled, which refuses the same and is stricter about receivers that it cannot know.
 */
class SandboxTransformer extends CpsTransformer {
    private final Set<String> names = []
    private final Set<String> statics = []
    private final Set<String> constructors = []
    private SourceUnit unit

    SandboxTransformer(List<String> allow) {
        allow.each {
            def words = it.trim().split(' ')
            if (words[0] == 'method') names << words[2]
            if (words[0] in ['staticMethod', 'staticField']) statics << words[1] + ' ' + words[2]
            if (words[0] == 'staticMethod' && words[1].endsWith('GroovyMethods')) names << words[2]
            if (words[0] == 'new') constructors << words[1]
        }
    }

    /** How Jenkins compiles a script that runs in the sandbox. */
    static void configure(CompilerConfiguration how, List<String> allow) {
        // It would download what `@Grab` names before anything can refuse it.
        how.disabledGlobalASTTransformations = ['groovy.grape.GrabAnnotationTransformation'] as Set
        def imports = new ImportCustomizer()
        imports.addStarImports('com.cloudbees.groovy.cps', 'jenkins.model')
        how.addCompilationCustomizers(imports, new AnnotationCheck(), new SandboxTransformer(allow))
    }

    @Override
    protected Class getTrustTag() { Untrusted }

    @Override
    void call(SourceUnit source, GeneratorContext context, ClassNode type) {
        unit = source
        super.call(source, context, type)
    }

    @Override
    protected void visitNontransformedMethod(MethodNode m) {
        // Groovy's own additions to a class are no code of the script.
        if (m.code && (!m.synthetic || m.name == '<clinit>')) m.code.visit(new Names())
    }

    @Override
    protected void visitNontransformedField(FieldNode f) { f.initialExpression?.visit(new Names()) }

    @Override
    protected void visitNontransformedStatement(Statement s) { s.visit(new Names()) }

    private class Names extends ClassCodeVisitorSupport {
        protected SourceUnit getSourceUnit() { SandboxTransformer.this.unit }

        void visitMethodCallExpression(MethodCallExpression e) {
            def name = e.methodAsString
            if (e.objectExpression instanceof ClassExpression) {
                called(e, e.objectExpression.type, name)
            } else if (!e.implicitThis && !(name in SandboxTransformer.this.names) && !ours(name)) {
                refuse(e, "method ${name ?: 'that is named at run time'}")
            } else if (e.implicitThis && name in ['evaluate', 'getMetaClass', 'invokeMethod']) {
                refuse(e, "method groovy.lang.Script ${name}")
            }
            super.visitMethodCallExpression(e)
        }

        void visitStaticMethodCallExpression(StaticMethodCallExpression e) {
            called(e, e.ownerType, e.method)
            super.visitStaticMethodCallExpression(e)
        }

        void visitConstructorCallExpression(ConstructorCallExpression e) {
            def type = e.type.name
            if (type.contains('.') && !e.specialCall && !(type in SandboxTransformer.this.constructors)) {
                refuse(e, "new ${type}")
            }
            super.visitConstructorCallExpression(e)
        }

        void visitPropertyExpression(PropertyExpression e) {
            def name = e.propertyAsString
            if (e.objectExpression instanceof ClassExpression && name != 'class') {
                def type = e.objectExpression.type.name
                if (type.contains('.') && !("${type} ${name}".toString() in SandboxTransformer.this.statics)) {
                    refuse(e, "staticField ${type} ${name}")
                }
            } else if (name == null || name in ['metaClass', 'classLoader', 'owner', 'thisObject']) {
                refuse(e, "field ${name}")
            }
            super.visitPropertyExpression(e)
        }

        void visitMethodPointerExpression(MethodPointerExpression e) {
            refuse(e, "method pointer ${e.methodName.text}")
        }

        private void called(Expression e, ClassNode type, String name) {
            if (type.name.contains('.') && !("${type.name} ${name}".toString() in SandboxTransformer.this.statics)) {
                refuse(e, "staticMethod ${type.name} ${name}")
            }
        }

        private boolean ours(String name) {
            SandboxTransformer.this.unit.AST.classes.any { it.methods.any { it.name == name } }
        }

        private void refuse(Expression e, String what) {
            SandboxTransformer.this.unit.addError(new SyntaxException(
                "Scripts not permitted to use ${what}", e.lineNumber, e.columnNumber))
        }
    }
}

/** Annotations that would run code in the compiler. */
class AnnotationCheck extends CompilationCustomizer {
    private static final List<String> REFUSED =
        ['ASTTest', 'AnnotationCollector', 'Grab', 'GrabConfig', 'GrabExclude', 'GrabResolver', 'Grapes']

    AnnotationCheck() { super(CompilePhase.CONVERSION) }

    void call(SourceUnit source, GeneratorContext context, ClassNode type) {
        source.AST.imports.each { check(it) }
        source.AST.starImports.each { check(it) }
        new ClassCodeVisitorSupport() {
            protected SourceUnit getSourceUnit() { source }

            void visitAnnotations(AnnotatedNode node) { AnnotationCheck.this.check(node) }
        }.visitClass(type)
    }

    void check(AnnotatedNode node) {
        node.annotations.each {
            def name = it.classNode.nameWithoutPackage
            if (name in REFUSED) {
                throw new SecurityException("Annotation ${name} cannot be used in the sandbox.")
            }
        }
    }
}
