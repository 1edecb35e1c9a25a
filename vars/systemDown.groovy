/** Removes the containers and networks of this build; runs on the node, which has only Docker. */
void call(Map args = [:]) {
    checkArguments('systemDown', args, [], [])
    sh(label: 'dependencies down', script: '''
        label="label=pipelinegen.build=$PIPELINEGEN_BUILD"
        for container in $(docker ps --all --quiet --filter "$label"); do
            docker rm --force --volumes "$container" || true
        done
        for network in $(docker network ls --quiet --filter "$label"); do
            docker network rm "$network" || true
        done
    ''')
}
