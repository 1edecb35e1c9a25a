/** Removes what this build left on the nodes where it ran, and what older builds could not. */
void call(Map args = [:]) {
    checkArguments('sweep', args, [], [])
    Map<String, Closure> work = [:]
    for (each in (env.PIPELINEGEN_NODES ?: '').tokenize('/')) {
        String name = each
        work[name] = { tidy(name) }
    }
    if (work) {
        parallel(work)
    }
}

/** Never fails a build, nor holds it up for long when the node has gone. */
private void tidy(String name) {
    // catchError would take over the result of the time limit.
    try {
        timeout(time: 5, unit: 'MINUTES') {
            node("\"${name}\"") {
                remove()
            }
        }
    } catch (Exception error) {
        echo("${name} is not swept: ${error}")
    }
}

private void remove() {
    // The layers stay (--no-prune): they are what the next build finds in its cache. Nothing that
    // a build uses is as old as two days: an agent's container lives as long as its stage.
    sh(label: 'sweep', script: '''
        set +x
        mine="label=pipelinegen.build=$PIPELINEGEN_BUILD"
        limit=$(date -u -d "@$(( $(date +%s) - 172800 ))" +%Y-%m-%dT%H:%M:%S)
        for container in $(docker ps --all --quiet --filter label=pipelinegen.build); do
            created=$(docker inspect --format '{{.Created}}' "$container") || continue
            build=$(docker inspect --format \\
                '{{index .Config.Labels "pipelinegen.build"}}' "$container") || continue
            if [ "$build" = "$PIPELINEGEN_BUILD" ] || expr "$created" \\< "$limit" >/dev/null; then
                docker rm --force --volumes "$container" || true
            fi
        done
        for network in $(docker network ls --quiet --filter "$mine"); do
            docker network rm "$network" || true
        done
        docker network prune --force --filter label=pipelinegen.build --filter until=48h || true
        # By the time of its name: an image that all came from the cache is as old as its layers.
        for image in $(docker image ls --quiet --filter label=pipelinegen.build | sort -u); do
            named=$(docker image inspect --format '{{json .Metadata.LastTagTime}}' "$image") || continue
            build=$(docker image inspect --format \\
                '{{index .Config.Labels "pipelinegen.build"}}' "$image") || continue
            if [ "$build" = "$PIPELINEGEN_BUILD" ] || expr "$named" \\< "\\"$limit" >/dev/null; then
                docker image rm --force --no-prune "$image" || true
            fi
        done
    ''')
}
