/** Removes the temporary release of this build; runs on the node, so it brings its container. */
void call(Map args) {
    checkArguments('temporaryDown', args, ['account', 'kubeconfigs'], ['dir'])
    String tools = "pipelinegen-tools:${env.PIPELINEGEN_BUILD.toLowerCase()}"
    dir(args.dir ?: '.') {
        withEnv(['TOOLS=' + tools]) {
            sh(label: 'tools image', script: '''
                docker build --quiet -t "$TOOLS" --label "pipelinegen.build=$PIPELINEGEN_BUILD" \\
                    -f .pipelinegen/tools.Dockerfile .pipelinegen
            ''')
        }
    }
    try {
        withDockerContainer(image: tools) {
            withClusters(args.kubeconfigs) {
                remove(args)
            }
        }
    } finally {
        String where = args.dir ? "${args.dir}/" : ''
        archiveArtifacts(artifacts: "${where}reports/temporary/**", allowEmptyArchive: true)
    }
}

private void remove(Map args) {
    dir(args.dir ?: '.') {
        withEnv(['HOME=' + env.WORKSPACE_TMP, 'ACCOUNT=' + args.account]) {
            sh(label: 'temporary release down', script:
                'pipelinegen temp down --account "$ACCOUNT" --build "$PIPELINEGEN_BUILD"')
        }
    }
}
