package jenkins.model

/** Only there to be refused: what a script sees of Jenkins itself. */
class Jenkins {
    static Jenkins get() { throw new IllegalStateException('the sandbox did not refuse it') }

    static Jenkins getInstance() { get() }
}
