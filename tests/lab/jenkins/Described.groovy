/** A describable of Jenkins: what its constructor needs, what its setters take, each with its type. */
class Described {
    String name
    Map<String, Class> needs = [:]
    Map<String, Class> takes = [:]
    boolean block

    Map<String, Class> getParameters() { needs + takes }

    /** The parameter that may be given without its name. */
    String getSole() {
        if (needs.size() == 1) return needs.keySet().first()
        needs.isEmpty() && takes.size() == 1 ? takes.keySet().first() : null
    }
}
