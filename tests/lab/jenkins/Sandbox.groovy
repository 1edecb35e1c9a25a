import com.cloudbees.groovy.cps.impl.CallSiteBlock
import com.cloudbees.groovy.cps.sandbox.DefaultInvoker
import com.cloudbees.groovy.cps.sandbox.Invoker
import com.cloudbees.groovy.cps.sandbox.Trusted
import groovy.transform.CompileStatic
import java.lang.reflect.Constructor
import java.lang.reflect.Field
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.util.concurrent.ConcurrentHashMap
import org.codehaus.groovy.runtime.DefaultGroovyMethods
import org.codehaus.groovy.runtime.MetaClassHelper
import org.codehaus.groovy.runtime.ScriptBytecodeAdapter
import org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException

/**
 * Checks each call, property and constructor of CPS-transformed code against a list of signatures.
 *
 * It goes by script-security's SandboxInterceptor, whose messages these are. Classes without a
 * package are the script's own and the harness's: what they declare is allowed, what they inherit is
 * looked up. Only code that SandboxTransformer compiled is checked, the rest is trusted.
 *
 * Compiled statically: while a program runs, dynamic Groovy calls are those of the CPS library.
 */
@CompileStatic
class Sandbox implements Invoker {
    private static final long serialVersionUID = 1
    private static final Map<Integer, Set<String>> LISTS = new ConcurrentHashMap<>()
    private static final Invoker TRUSTED = new DefaultInvoker()
    private static final Set<String> ARITHMETIC = new HashSet<>(Arrays.asList(
        'plus', 'minus', 'multiply', 'div', 'intdiv', 'mod', 'power', 'compareTo', 'or', 'and', 'xor',
        'leftShift', 'rightShift', 'rightShiftUnsigned', 'unaryMinus', 'unaryPlus', 'negative',
        'positive', 'next', 'previous'))
    private static final Set<String> STEPS =
        new HashSet<>(Arrays.asList('print', 'printf', 'println', 'sleep'))
    private static final Set<String> CASTS = new HashSet<>(Arrays.asList('asType', 'castToType'))
    private static final Set<String> META =
        new HashSet<>(Arrays.asList('getMetaClass', 'setMetaClass', 'getProperty', 'setProperty'))

    /** Names the list: the program is written out at every step, and the list must not be with it. */
    private final int list

    /** allow: lines as in `method java.lang.String trim`; empty ones and `#` comments are skipped. */
    Sandbox(List<String> allow) {
        Set<String> signatures = new HashSet<>()
        for (String line : allow) {
            String signature = line.trim()
            if (!signature.isEmpty() && !signature.startsWith('#')) signatures.add(signature)
        }
        list = signatures.hashCode()
        LISTS.put(list, signatures)
    }

    @Override
    Invoker contextualize(CallSiteBlock block) {
        block.tags.contains(Trusted.INSTANCE) ? TRUSTED : this
    }

    @Override
    Object methodCall(Object receiver, String method, Object[] args) throws Throwable {
        if (receiver == ScriptBytecodeAdapter && CASTS.contains(method)) checkCast(args[0], (Class) args[1])
        if (receiver != null) checkCall(receiver, method, args)
        TRUSTED.methodCall(receiver, method, args)
    }

    @Override
    Object constructorCall(Class type, Object[] args) throws Throwable {
        checkNew(type, args)
        TRUSTED.constructorCall(type, args)
    }

    @Override
    Object superCall(Class sender, Object receiver, String method, Object[] args) throws Throwable {
        checkMethod(receiver, sender.superclass, method, args)
        TRUSTED.superCall(sender, receiver, method, args)
    }

    @Override
    Object getProperty(Object owner, String name) throws Throwable {
        if (owner != null) checkGet(owner, name)
        TRUSTED.getProperty(owner, name)
    }

    @Override
    void setProperty(Object owner, String name, Object value) throws Throwable {
        if (owner != null) checkSet(owner, name, value)
        TRUSTED.setProperty(owner, name, value)
    }

    @Override
    Object getAttribute(Object owner, String name) throws Throwable {
        checkField(owner, name)
        TRUSTED.getAttribute(owner, name)
    }

    @Override
    void setAttribute(Object owner, String name, Object value) throws Throwable {
        checkField(owner, name)
        TRUSTED.setAttribute(owner, name, value)
    }

    @Override
    Object getArray(Object owner, Object index) throws Throwable {
        if (owner != null && !owner.class.array) checkCall(owner, 'getAt', [index] as Object[])
        TRUSTED.getArray(owner, index)
    }

    @Override
    void setArray(Object owner, Object index, Object value) throws Throwable {
        if (owner != null && !owner.class.array) checkCall(owner, 'putAt', [index, value] as Object[])
        TRUSTED.setArray(owner, index, value)
    }

    @Override
    Object methodPointer(Object owner, String name) {
        // What it is called with is not known yet, so only one's own methods can be pointed at.
        if (owner instanceof Class || !own(owner.class) || META.contains(name)) {
            throw new RejectedAccessException("method ${nameOf(owner)} ${name}")
        }
        TRUSTED.methodPointer(owner, name)
    }

    private void checkNew(Class type, Object[] args) {
        if (own(type)) return
        Class[] refused = typesOf(args)
        for (Constructor c : type.declaredConstructors) {
            if (!applicable(c.parameterTypes, args)) continue
            if (allowed("new ${type.name}${names(c.parameterTypes)}")) return
            refused = c.parameterTypes
        }
        throw new RejectedAccessException("new ${type.name}${names(refused)}")
    }

    /** `"/etc/passwd" as File` is a constructor, too. */
    private void checkCast(Object value, Class type) {
        if (value == null || type.isInstance(value) || type.primitive || type.array || type.interface) return
        if (type == String || type == Boolean || type == Character || Number.isAssignableFrom(type)) return
        checkNew(type, value instanceof Collection ? ((Collection) value).toArray() : [value] as Object[])
    }

    private void checkCall(Object receiver, String method, Object[] args) {
        if (receiver instanceof Class) {
            checkStatic((Class) receiver, method, args)
        } else {
            checkMethod(receiver, receiver.class, method, args)
        }
    }

    private void checkMethod(Object receiver, Class type, String method, Object[] args) {
        if (META.contains(method) && receiver instanceof GroovyObject) {
            throw new RejectedAccessException("method groovy.lang.GroovyObject ${method}${names(typesOf(args))}")
        }
        Method found = null
        for (Class declaring : ancestors(type)) {
            for (Method m : declaring.declaredMethods) {
                if (m.name != method || Modifier.isStatic(m.modifiers)) continue
                if (!applicable(m.parameterTypes, args)) continue
                if (own(declaring) || allowed(signature('method', m))) return
                if (found == null) found = m
            }
        }
        if (found != null) throw new RejectedAccessException(signature('method', found))
        if (receiver instanceof Number && ARITHMETIC.contains(method)) return
        if (checkExtension(receiver, method, args)) return
        // A step, a variable of the library, or the closure that a variable holds.
        if (own(type) || receiver instanceof Closure || receiver instanceof Map) return
        throw new MissingMethodException(method, receiver.class, args)
    }

    /** The methods that Groovy adds to a class: static ones whose first argument is the receiver. */
    private boolean checkExtension(Object receiver, String method, Object[] args) {
        Object[] all = new Object[args.length + 1]
        all[0] = receiver
        System.arraycopy(args, 0, all, 1, args.length)
        Method refused = null
        for (Class type : DefaultGroovyMethods.DGM_LIKE_CLASSES) {
            Method best = null
            for (Method m : type.declaredMethods) {
                if (m.name != method || !Modifier.isPublic(m.modifiers)) continue
                // `String[]` as the receiver is no list of arguments that one text could stand for.
                if (m.parameterTypes.length == 0 || !takes(m.parameterTypes[0], receiver)) continue
                if (!applicable(m.parameterTypes, all)) continue
                if (best == null || closer(m.parameterTypes, best.parameterTypes)) best = m
            }
            if (best != null && allowed(signature('staticMethod', best))) return true
            if (refused == null) refused = best
        }
        // These are steps, though Groovy adds methods of their names to all objects.
        if (refused != null && !(receiver instanceof Script && STEPS.contains(method))) {
            throw new RejectedAccessException(signature('staticMethod', refused))
        }
        false
    }

    private void checkStatic(Class type, String method, Object[] args) {
        Method found = null
        for (Class declaring = type; declaring != null; declaring = declaring.superclass) {
            for (Method m : declaring.declaredMethods) {
                if (m.name != method || !Modifier.isStatic(m.modifiers)) continue
                if (!applicable(m.parameterTypes, args)) continue
                if (own(declaring) || allowed(signature('staticMethod', m))) return
                if (found == null) found = m
            }
        }
        if (found != null) throw new RejectedAccessException(signature('staticMethod', found))
        if (type != Class) {
            for (Method m : Class.getDeclaredMethods()) {
                if (m.name != method || !applicable(m.parameterTypes, args)) continue
                if (!Modifier.isStatic(m.modifiers)) {
                    checkMethod(type, Class, method, args)
                    return
                }
                throw new RejectedAccessException(signature('staticMethod', m))
            }
        }
        if (own(type) && !META.contains(method)) return
        throw new RejectedAccessException("staticMethod ${type.name} ${method}${names(typesOf(args))}")
    }

    private void checkGet(Object owner, String name) {
        if (name == 'metaClass') {
            throw new RejectedAccessException(owner instanceof GroovyObject
                ? 'method groovy.lang.GroovyObject getMetaClass'
                : 'staticMethod org.codehaus.groovy.runtime.DefaultGroovyMethods getMetaClass java.lang.Object')
        }
        if (owner instanceof Map || name == 'length' && owner.class.array) return
        String capital = MetaClassHelper.capitalize(name)
        if (owner instanceof Class && staticProperty((Class) owner, name, capital)) return
        Object[] none = new Object[0]
        RejectedAccessException refused = null
        for (String getter : Arrays.asList('get' + capital, 'is' + capital)) {
            Method m = getterOf(owner.class, getter)
            if (m == null) continue
            try {
                checkMethod(owner, owner.class, getter, none)
                return
            } catch (RejectedAccessException e) {
                refused = refused ?: e
            }
        }
        Field field = fieldOf(owner.class, name)
        if (field != null && (own(field.declaringClass) || allowed(signature('field', field)))) return
        if (refused != null) throw refused
        if (own(owner.class) || owner instanceof Closure) return
        throw new RejectedAccessException(field != null ? signature('field', field)
            : "field ${nameOf(owner)} ${name}")
    }

    private boolean staticProperty(Class type, String name, String capital) {
        Field field = fieldOf(type, name)
        if (own(type)) return field != null || getterOf(type, 'get' + capital) != null
        if (field != null && Modifier.isStatic(field.modifiers)) {
            if (allowed(signature('staticField', field))) return true
            throw new RejectedAccessException(signature('staticField', field))
        }
        Method getter = getterOf(type, 'get' + capital)
        if (getter == null || !Modifier.isStatic(getter.modifiers)) return false
        if (allowed(signature('staticMethod', getter))) return true
        throw new RejectedAccessException(signature('staticMethod', getter))
    }

    private void checkSet(Object owner, String name, Object value) {
        if (name == 'metaClass') {
            throw new RejectedAccessException('method groovy.lang.GroovyObject setMetaClass groovy.lang.MetaClass')
        }
        if (owner instanceof Map || own(owner instanceof Class ? (Class) owner : owner.class)) return
        if (owner instanceof Class) throw new RejectedAccessException("staticField ${nameOf(owner)} ${name}")
        checkMethodNamed(owner, 'set' + MetaClassHelper.capitalize(name), [value] as Object[], name)
    }

    private void checkMethodNamed(Object owner, String setter, Object[] args, String name) {
        try {
            checkMethod(owner, owner.class, setter, args)
        } catch (MissingMethodException ignored) {
            throw new RejectedAccessException("field ${nameOf(owner)} ${name}")
        }
    }

    private void checkField(Object owner, String name) {
        if (owner == null) return
        Class type = owner instanceof Class ? (Class) owner : owner.class
        if (own(type)) {
            // `this.x` in a script comes as an attribute, too.
            checkGet(owner, name)
            return
        }
        Field field = fieldOf(type, name)
        String kind = owner instanceof Class ? 'staticField' : 'field'
        if (field == null || !allowed(signature(kind, field))) {
            throw new RejectedAccessException("${kind} ${type.name} ${name}")
        }
    }

    private boolean allowed(CharSequence signature) { LISTS.get(list).contains(signature.toString()) }

    private static boolean own(Class type) { !type.array && !type.primitive && !type.name.contains('.') }

    /** What declares comes ahead of what implements, as the list names the former. */
    private static List<Class> ancestors(Class type) {
        Set<Class> found = new LinkedHashSet<>()
        gather(type, found)
        if (!type.interface) found.add(Object)
        new ArrayList<Class>(found)
    }

    private static void gather(Class type, Set<Class> found) {
        for (Class parent : type.interfaces) gather(parent, found)
        if (type.superclass != null) gather(type.superclass, found)
        found.add(type)
    }

    private static Method getterOf(Class type, String name) {
        for (Class declaring : ancestors(type)) {
            for (Method m : declaring.declaredMethods) {
                if (m.name == name && m.parameterTypes.length == 0) return m
            }
        }
        null
    }

    private static Field fieldOf(Class type, String name) {
        for (Class declaring : ancestors(type)) {
            for (Field f : declaring.declaredFields) {
                if (f.name == name) return f
            }
        }
        null
    }

    private static boolean applicable(Class[] types, Object[] args) {
        if (types.length == args.length) {
            boolean all = true
            for (int i = 0; i < types.length; i++) all = all && takes(types[i], args[i])
            if (all) return true
        }
        int last = types.length - 1
        if (last < 0 || !types[last].array || args.length < last) return false
        for (int i = 0; i < args.length; i++) {
            if (!takes(i < last ? types[i] : types[last].componentType, args[i])) return false
        }
        true
    }

    private static boolean takes(Class type, Object arg) {
        if (arg == null) return !type.primitive
        if (type.isInstance(arg) || type == String && arg instanceof GString) return true
        if (!type.primitive && !Number.isAssignableFrom(type)) return false
        if (type == boolean) return arg instanceof Boolean
        if (type == char) return arg instanceof Character
        if (type == int || type == short || type == byte) {
            return arg instanceof Integer || arg instanceof Short || arg instanceof Byte
        }
        if (type == long) return arg instanceof Long || arg instanceof Integer
        (type == double || type == float) && arg instanceof Number
    }

    /** The receiver decides ahead of the arguments; the order of `declaredMethods` must not. */
    private static boolean closer(Class[] a, Class[] b) {
        a[0] == b[0] ? narrower(a, b) : b[0].isAssignableFrom(a[0])
    }

    private static boolean narrower(Class[] a, Class[] b) {
        if (a.length != b.length) return a.length < b.length
        for (int i = 0; i < a.length; i++) {
            if (!b[i].isAssignableFrom(a[i]) && !(a[i] == String && b[i] == CharSequence)) return false
        }
        true
    }

    private static String signature(String kind, Method m) {
        "${kind} ${m.declaringClass.name} ${m.name}${names(m.parameterTypes)}"
    }

    private static String signature(String kind, Field f) { "${kind} ${f.declaringClass.name} ${f.name}" }

    private static Class[] typesOf(Object[] args) {
        Class[] types = new Class[args.length]
        for (int i = 0; i < args.length; i++) {
            types[i] = args[i] == null ? Object : args[i] instanceof GString ? String : args[i].class
        }
        types
    }

    private static String names(Class[] types) {
        StringBuilder names = new StringBuilder()
        for (Class type : types) names.append(' ').append(type.canonicalName ? typeName(type) : type.name)
        names.toString()
    }

    private static String typeName(Class type) {
        type.array ? typeName(type.componentType) + '[]' : type.name
    }

    private static String nameOf(Object owner) {
        owner instanceof Class ? ((Class) owner).name : owner.class.name
    }
}
