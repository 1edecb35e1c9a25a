/** Runs a command in the stage's container and publishes its reports, passed or failed. */
void call(Map args) {
    checkArguments('runTests', args, ['name', 'command'],
        ['env', 'envFile', 'credentials', 'junit', 'coverage', 'caches', 'dir'])
    String where = args.dir ? " -C '${args.dir}'" : ''
    dir(args.dir ?: '.') {
        boolean passed = false
        try {
            withSecrets(args.credentials ?: [:]) {
                withEnv(variables(args)) {
                    runCommand(
                        label: args.name,
                        script: args.command,
                        what: "${args.name}: ${args.command.trim()}",
                        again: "pipelinegen run ${args.name}${where}"
                    )
                }
            }
            passed = true
        } finally {
            publish(args, passed)
        }
    }
}

/** Runs the body with variables that hold secret texts: name to credential id. */
private void withSecrets(Map credentials, Closure body) {
    List<Map> bindings = []
    for (name in credentials.keySet().toList()) {
        bindings.add(string(credentialsId: credentials[name], variable: name))
    }
    if (bindings) {
        withCredentials(bindings, body)
    } else {
        body()
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

/** Tests are shown in every build; the files themselves are kept of one that failed. */
private void publish(Map args, boolean passed) {
    if (args.junit) {
        // A workspace is used again: reports of tests that no longer run are still in it.
        junit(testResults: args.junit, allowEmptyResults: true, skipOldReports: true)
    }
    if (args.coverage) {
        recordCoverage(tools: [[parser: 'COBERTURA', pattern: args.coverage]])
    }
    if (!passed) {
        String kept = args.junit ? "reports/**,${args.junit}" : 'reports/**'
        archiveArtifacts(artifacts: kept, allowEmptyArchive: true)
    }
}
