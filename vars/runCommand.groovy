/** Runs a shell script; where it fails, the last lines of the log say what, and how to run it again. */
void call(Map args) {
    checkArguments('runCommand', args, ['label', 'script'], ['what', 'again'])
    // For `sweep`: what a build leaves behind is on the nodes where it ran commands. A node's name
    // has no slash in it.
    List<String> nodes = (env.PIPELINEGEN_NODES ?: '').tokenize('/')
    if (!(env.NODE_NAME in nodes)) {
        env.PIPELINEGEN_NODES = (nodes + [env.NODE_NAME]).join('/')
    }
    int code = sh(label: args.label, script: args.script, returnStatus: true)
    if (code != 0) {
        String again = args.again ? "\nTo run it on your machine: ${args.again}" : ''
        String told = "${args.what ?: args.label} ended with ${code}${again}"
        // Of several branches that fail only the first one's error comes to the end of the log.
        echo(told)
        error(told)
    }
}
