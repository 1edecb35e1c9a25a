package org.jenkinsci.plugins.scriptsecurity.sandbox

/** What a script asked for is not on the list. */
class RejectedAccessException extends SecurityException {
    RejectedAccessException(Object signature) { super("Scripts not permitted to use ${signature}".toString()) }
}
