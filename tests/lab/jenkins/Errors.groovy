/** What a step throws that fails: its message is all that is told. hudson.AbortException in Jenkins. */
class AbortException extends IOException {
    AbortException(String message) { super(message) }
}

/** What a block that is stopped gets: by a person, a time limit, a newer build. */
class FlowInterruptedException extends InterruptedException {
    final String result
    final String why

    FlowInterruptedException(String result, String why = null) {
        this.result = result
        this.why = why
    }
}
