/** Brings the service and its dependencies up as containers, on the network of this build. */
void call(Map args) {
    checkArguments('systemUp', args, ['envFile'], ['dir'])
    dir(args.dir ?: '.') {
        withEnv(['HOME=' + env.WORKSPACE_TMP, 'ENV_FILE=' + args.envFile]) {
            runCommand(label: 'dependencies up', script:
                'pipelinegen system up --inside --name "$PIPELINEGEN_BUILD" --env-file "$ENV_FILE"')
        }
    }
}
