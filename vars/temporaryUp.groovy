/** Deploys the changed service beside the stable one, for the system tests. */
void call(Map args) {
    checkArguments('temporaryUp', args, ['account', 'kubeconfigs', 'envFile'], ['dir'])
    if (!env.PIPELINEGEN_IMAGE) {
        error('This build has pushed no image. Restarted behind the stage Image it does not know it any ' +
            'more: restart it from that stage.')
    }
    withClusters(args.kubeconfigs) {
        dir(args.dir ?: '.') {
            withEnv(['HOME=' + env.WORKSPACE_TMP, 'ACCOUNT=' + args.account,
                    'ENV_FILE=' + args.envFile]) {
                runCommand(label: 'temporary release up', script: '''
                    pipelinegen temp up --account "$ACCOUNT" --image "$PIPELINEGEN_IMAGE" \\
                        --build "$PIPELINEGEN_BUILD" --env-file "$ENV_FILE"
                ''')
            }
        }
    }
}
