/** Deploys the image of this build to the clusters of one wave. */
void call(Map args) {
    checkArguments('deployWave', args, ['account', 'wave', 'kubeconfigs'],
        ['milestone', 'dir'])
    if (!env.PIPELINEGEN_IMAGE) {
        error('This build has pushed no image. Restarted behind the stage Image it does not know it any ' +
            'more: restart it from that stage.')
    }
    if (args.milestone) {
        milestone(ordinal: args.milestone, label: args.account)
    }
    withClusters(args.kubeconfigs) {
        dir(args.dir ?: '.') {
            withEnv(['HOME=' + env.WORKSPACE_TMP, 'ACCOUNT=' + args.account, 'WAVE=' + args.wave]) {
                runCommand(label: "deploy to ${args.account}, wave ${args.wave}", script:
                    'pipelinegen deploy --account "$ACCOUNT" --wave "$WAVE" --image "$PIPELINEGEN_IMAGE"')
            }
        }
    }
}
