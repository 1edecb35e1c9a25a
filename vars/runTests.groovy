/** Runs a command in the stage's container and publishes its reports, passed or failed. */
void call(Map args) {
    checkArguments('runTests', args, ['name', 'command'],
        ['env', 'envFile', 'junit', 'coverage', 'caches', 'dir'])
    dir(args.dir ?: '.') {
        try {
            withEnv(variables(args)) {
                sh(label: args.name, script: args.command)
            }
        } finally {
            if (args.junit) {
                junit(testResults: args.junit, allowEmptyResults: true)
            }
            if (args.coverage) {
                recordCoverage(tools: [[parser: 'COBERTURA', pattern: args.coverage]])
            }
        }
    }
}

/** The container's user has no entry in its passwd file, so without HOME tools write to `/`. */
private List<String> variables(Map args) {
    // Beside the workspace: kept between builds, and not in the context of a docker build.
    String cache = "${env.WORKSPACE_TMP}/cache"
    List<String> found = ['HOME=' + env.WORKSPACE_TMP]
    for (name in (args.caches ?: [:]).keySet().toList()) {
        found.add(name + '=' + args.caches[name].replace('{cache}', cache))
    }
    if (args.envFile) {
        found.addAll(readFile(args.envFile).trim().split('\n').toList())
    }
    for (name in (args.env ?: [:]).keySet().toList()) {
        found.add(name + '=' + args.env[name])
    }
    return found
}
