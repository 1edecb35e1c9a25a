/** Stands for the classes of the declarative plugin whose constructors are called. */
class RuntimeModel {
    RuntimeModel(Object... given) { }
    static Object make(Object... given) { null }
}
