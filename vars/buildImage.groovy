/** Builds the image that is deployed and, where it is to be deployed from, pushes it by digest. */
void call(Map args) {
    checkArguments('buildImage', args, ['image', 'dockerfile'],
        ['target', 'pushOn', 'credentials', 'dir'])
    boolean push = args.pushOn == '**' || (args.pushOn && args.pushOn == env.BRANCH_NAME)
    List<String> variables = [
        'HOME=' + env.WORKSPACE_TMP,
        'REPOSITORY=' + args.image,
        'DOCKERFILE=' + args.dockerfile,
        'TARGET=' + (args.target ?: ''),
    ]
    dir(args.dir ?: '.') {
        withEnv(variables) {
            sh(label: 'docker build', script: '''
                docker build --label "pipelinegen.build=$PIPELINEGEN_BUILD" \\
                    --file "$DOCKERFILE" ${TARGET:+--target "$TARGET"} \\
                    --tag "$REPOSITORY:$PIPELINEGEN_BUILD" .
            '''.stripIndent())
            if (push) {
                publish(args.credentials)
            }
        }
    }
}

/** The digest is kept in the build's environment: from here on nothing else names the image. */
private void publish(String credentials) {
    if (credentials) {
        withCredentials([usernamePassword(credentialsId: credentials,
                usernameVariable: 'REGISTRY_USER', passwordVariable: 'REGISTRY_PASSWORD')]) {
            sh(label: 'docker login', script: '''
                printf %s "$REGISTRY_PASSWORD" |
                    docker login --username "$REGISTRY_USER" --password-stdin "${REPOSITORY%%/*}"
            '''.stripIndent())
        }
    }
    sh(label: 'docker push', script: 'docker push "$REPOSITORY:$PIPELINEGEN_BUILD"')
    env.PIPELINEGEN_IMAGE = sh(label: 'digest', returnStdout: true, script: '''
        docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' \\
            "$REPOSITORY:$PIPELINEGEN_BUILD" | grep -F "$REPOSITORY@" | head -n 1
    '''.stripIndent()).trim()
    echo "Pushed ${env.PIPELINEGEN_IMAGE}"
}
