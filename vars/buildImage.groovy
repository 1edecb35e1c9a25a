/** Builds the image that is deployed and, where it is to be deployed from, pushes it by digest. */
void call(Map args) {
    checkArguments('buildImage', args, ['image', 'dockerfile'],
        ['target', 'declaration', 'pushOn', 'latestOn', 'credentials', 'dir'])
    boolean push = args.pushOn == '**' || (args.pushOn && args.pushOn == env.BRANCH_NAME)
    List<String> variables = [
        'HOME=' + env.WORKSPACE_TMP,
        'REPOSITORY=' + args.image,
        'DOCKERFILE=' + args.dockerfile,
        'TARGET=' + (args.target ?: ''),
        'DECLARATION=' + (args.declaration ?: ''),
    ]
    String where = args.dir ? " -C '${args.dir}'" : ''
    dir(args.dir ?: '.') {
        withEnv(variables) {
            runCommand(label: 'docker build', again: "pipelinegen run image${where}", script: '''
                docker build -t "$REPOSITORY:$PIPELINEGEN_BUILD" ${TARGET:+--target "$TARGET"} \\
                    --label "pipelinegen.build=$PIPELINEGEN_BUILD" \\
                    ${DECLARATION:+--label "pipelinegen.about=$(cat "$DECLARATION")"} \\
                    -f "$DOCKERFILE" .
            ''')
            if (push) {
                publish(args.credentials ?: platformDefaults().credentials,
                    args.latestOn == env.BRANCH_NAME)
            }
        }
    }
}

/** The digest is kept in the build's environment: from here on nothing else names the image. */
private void publish(String credentials, boolean latest) {
    // docker keeps the password in a file: of this build alone, and gone when the image is pushed.
    withEnv(['DOCKER_CONFIG=' + env.WORKSPACE_TMP + '/docker-' + env.PIPELINEGEN_BUILD]) {
        try {
            push(credentials)
            if (latest) {
                // What the tests of other services start beside them.
                runCommand(label: 'docker push latest', script: '''
                    docker tag "$REPOSITORY:$PIPELINEGEN_BUILD" "$REPOSITORY:latest"
                    docker push "$REPOSITORY:latest"
                    docker rmi "$REPOSITORY:latest"
                ''')
            }
        } finally {
            sh(label: 'docker logout', script: 'rm -rf "$DOCKER_CONFIG"')
        }
    }
    env.PIPELINEGEN_IMAGE = sh(label: 'digest', returnStdout: true, script: '''
        docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' \\
            "$REPOSITORY:$PIPELINEGEN_BUILD" | grep -F "$REPOSITORY@" | head -n 1
    ''').trim()
    if (!env.PIPELINEGEN_IMAGE) {
        error('docker push: the image has no digest')
    }
    echo("Pushed ${env.PIPELINEGEN_IMAGE}")
}

private void push(String credentials) {
    if (credentials) {
        withCredentials([usernamePassword(credentialsId: credentials,
                usernameVariable: 'REGISTRY_USER', passwordVariable: 'REGISTRY_PASSWORD')]) {
            runCommand(label: 'docker login', script: '''
                set +x
                printf %s "$REGISTRY_PASSWORD" |
                    docker login --username "$REGISTRY_USER" --password-stdin "${REPOSITORY%%/*}"
            ''')
        }
    }
    runCommand(label: 'docker push', script: 'docker push "$REPOSITORY:$PIPELINEGEN_BUILD"')
}
