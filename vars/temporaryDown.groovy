/** Removes the temporary release of this build; runs on the node, so it brings its container. */
void call(Map args) {
    checkArguments('temporaryDown', args, ['account', 'kubeconfigs'], ['dir'])
    String folder = (args.dir ? args.dir + '/' : '') + '.pipelinegen'
    def tools = docker.build("pipelinegen-tools:${env.PIPELINEGEN_BUILD.toLowerCase()}",
        "--label pipelinegen.build=${env.PIPELINEGEN_BUILD} -f '${folder}/tools.Dockerfile' '${folder}'")
    tools.inside {
        withClusters(args.kubeconfigs) {
            dir(args.dir ?: '.') {
                withEnv(['HOME=' + env.WORKSPACE_TMP, 'ACCOUNT=' + args.account]) {
                    sh(label: 'temporary release down', script:
                        'pipelinegen temp down --account "$ACCOUNT" --build "$PIPELINEGEN_BUILD"')
                }
            }
        }
    }
}
