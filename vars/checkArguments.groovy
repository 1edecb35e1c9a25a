/** Refuses what a step does not know, and the lack of what it needs: a typo must not pass. */
void call(String step, Map given, List<String> needed, List<String> optional) {
    List<String> known = needed + optional
    List<String> unknown = given.keySet().findAll { !(it in known) }.toList()
    List<String> missing = needed.findAll { given[it] == null }
    if (unknown) {
        error("${step}: unknown argument ${unknown.join(', ')}; known: ${known.join(', ')}")
    }
    if (missing) {
        error("${step}: missing argument ${missing.join(', ')}; needed: ${needed.join(', ')}")
    }
}
