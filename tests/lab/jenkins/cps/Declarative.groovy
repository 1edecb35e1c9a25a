// CPS-transformed, as the pipeline itself: the declarative interpreter and the steps with a body.
// After pipeline-model-definition's ModelInterpreter.groovy; what is not of the program is in Host.

// ---- steps with a body ----

def _in(Map frame, Closure body) {
    Host.say('[Pipeline] {')
    Host.push(frame)
    try { return body() } finally {
        Host.pop()
        Host.say('[Pipeline] }')
    }
}

def _block(String name, Map frame, Closure body) {
    try { return _in(frame, body) } finally { Host.say("[Pipeline] // ${name}") }
}

def _withEnv(Map args, Closure body) { _block('withEnv', [env: Host.variables(args.overrides)], body) }
def _dir(Map args, Closure body) {
    Host.say("Running in ${Host.folder(args.path)}")
    return _block('dir', [dir: Host.folder(args.path)], body)
}

def _script(Map args, Closure body) { _block('script', [:], body) }
def _timestamps(Map args, Closure body) { _block('timestamps', [:], body) }
def _ansiColor(Map args, Closure body) { _block('ansiColor', [:], body) }

def _withCredentials(Map args, Closure body) {
    def bound = Host.bind(args.bindings)
    Host.say("Masking supported pattern matches of ${bound.env.keySet().collect { '$' + it }.join(' or ')}")
    try { return _block('withCredentials', bound, body) } finally { Host.unbind(bound) }
}

def _timeout(Map args, Closure body) {
    def timer = Host.timer(args)
    try { return _block('timeout', [timer: timer], body) } finally { Host.stopTimer(timer) }
}

def _retry(Map args, Closure body) {
    int tried = 0
    try {
        while (true) {
            tried++
            try { return _in([:], body) } catch (Exception error) {
                if (tried >= args.count || Host.aborted(error)) throw error
                Host.say("ERROR: ${error.message}")
                Host.say('Retrying')
            }
        }
    } finally { Host.say('[Pipeline] // retry') }
}

def _catchError(Map args, Closure body) {
    try { _block('catchError', [:], body) } catch (Exception error) {
        if (Host.interrupted(error) && args.catchInterruptions == false) throw error
        if (args.message) Host.say(args.message)
        Host.say("ERROR: ${error.message}")
        // The result of an interruption comes ahead of what the step says (CatchExecutionOptions).
        Host.worsen(Host.interrupted(error) ? error.result : args.buildResult ?: 'FAILURE')
        Host.stageResult(Host.interrupted(error) ? error.result : args.stageResult ?: 'SUCCESS')
    }
}

def _warnError(Map args, Closure body) {
    _catchError([buildResult: 'UNSTABLE', stageResult: 'UNSTABLE', message: args.message], body)
}

def _waitUntil(Map args, Closure body) {
    while (!_block('waitUntil', [:], body)) sleep(time: 250, unit: 'MILLISECONDS')
}

def _lock(Map args, Closure body) {
    _acquire(resource: args.resource)
    try { return _block('lock', [:], body) } finally { _release(resource: args.resource) }
}

def _node(Map args, Closure body) {
    def node = _allocate(label: args.label)
    Host.say("Running on ${node.name} in ${node.workspace}")
    try { return _block('node', [node: node, env: node.env, dir: node.workspace], body) } finally { Host.free(node) }
}

def stage(String name, Closure body) {
    Host.say('[Pipeline] stage')
    Host.say("[Pipeline] { (${name})")
    Host.push(Host.stageFrame(name))
    Host.stageBegins()
    try { return body() } finally {
        Host.stageEnds()
        Host.pop()
        Host.say('[Pipeline] }')
        Host.say('[Pipeline] // stage')
    }
}

def parallel(Map given) {
    Host.say('[Pipeline] parallel')
    def branches = [:]
    for (entry in given) if (entry.key != 'failFast') branches[entry.key] = entry.value
    return Host.suspend([name: 'parallel', branches: branches, failFast: given.failFast])
}

// ---- the declarative pipeline ----

def pipeline(Closure body) {
    def model = Host.model(_section('pipeline', body))
    Host.parameters(_section('parameters', model.parameters))
    model.flags = Host.flags(_section('options', model.options))
    def told = [post: false]
    try {
        _agent(model.agent, [:]) {
            _environment(model.environment) {
                _wrapped(_section('options', model.options), Host.rootOptions()) {
                    def error = null
                    try { _stages(model.stages, [root: model]) } catch (Throwable thrown) {
                        error = thrown
                        Host.failed(thrown)
                    }
                    told.post = true
                    error = _lastPost(model, error)
                    if (error) throw error
                }
            }
        }
    } catch (Throwable thrown) {
        Host.failed(thrown)
        if (!told.post) _lastPost(model, thrown)
        throw thrown
    }
}

def _lastPost(Map model, error) {
    def blocks = Host.model(_section('post', model.post))
    if (!Host.postConditions(blocks, error, false)) return error
    stage('Declarative: Post Actions') { error = _post(blocks, error, false) }
    return error
}

def _section(String kind, Closure body) {
    def found = new Section(kind: kind)
    if (body != null) {
        body.delegate = found
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
        found.closed = true
    }
    return found
}

/** Options that are steps are put around; the others are the job's. */
def _wrapped(Section options, List steps, Closure body) { _wrap(options.calls.findAll { it.name in steps }, body) }

def _wrap(List around, Closure body) {
    if (!around) return body()
    def first = around[0], rest = around.subList(1, around.size()).collect { it }
    def inner = { _wrap(rest, body) }
    return Host.step(first.name, first.args, inner)
}

def _environment(Closure variables, Closure body) {
    if (variables == null) return body()
    def record = _section('environment', variables)
    def plain = record.vars.findAll { !(it.value instanceof Map) }
    def secret = record.vars.findAll { it.value instanceof Map }
    def inner = { withEnv(plain.collect { it.key + '=' + it.value }, body) }
    return secret ? withCredentials(Host.environmentBindings(secret), inner) : inner()
}

def _agent(given, Map around, Closure body) {
    if (given == null || given == 'none') return body()
    if (given == 'any') return _onNode(null, body)
    def type = _section('agent', given).calls[0]
    def first = type.args ? type.args[0] : null
    def how = first instanceof Closure ? Host.model(_section(type.name, first)) : [label: first]
    if (type.name == 'label' || type.name == 'node') return _onNode(how.label, body)
    def inside = { _inContainer(type.name, how, body) }
    if (how.reuseNode && Host.onNode()) {
        Host.say('[Pipeline] getContext')
        return inside()
    }
    return _onNode(how.label, inside)
}

def _onNode(label, Closure body) {
    node(label) {
        def made = checkout(scm)
        withEnv(made.collect { it.key + '=' + it.value }, body)
    }
}

def _inContainer(String type, Map how, Closure body) {
    isUnix()
    def image = how.image
    if (type == 'dockerfile') {
        def path = (how.dir ? how.dir + '/' : '') + (how.filename ?: 'Dockerfile')
        def text = readFile(path)
        def arguments = how.additionalBuildArgs ? ' ' + how.additionalBuildArgs : ''
        image = Host.sha1(env.JOB_NAME + '\n' + text + '\n' + (how.additionalBuildArgs ?: ''))
        sh("docker build -t ${image}${arguments} -f \"${path}\" \"${how.dir ?: '.'}\"")
    }
    return _inside(image, how.args ?: '', body)
}

def _inside(String image, String args, Closure body) {
    isUnix()
    withEnv(["JD_IMAGE=${image}"]) { sh('docker inspect -f . "$JD_IMAGE"') }
    withDockerContainer(image: image, args: args, body)
}

def _withDockerContainer(Map args, Closure body) {
    def container = _start(image: args.image, args: args.args ?: '')
    try { return _in([container: container], body) } finally {
        _stop(container: container)
        Host.say('[Pipeline] // withDockerContainer')
    }
}

def _stages(Closure stages, Map around) {
    def error = null
    for (each in _section('stages', stages).calls) {
        try { _stage(each.args[0], each.args[1], around, error) } catch (Throwable thrown) {
            if (error == null) error = thrown
            Host.failed(thrown)
        }
    }
    if (error != null) throw error
}

def _parallel(Closure stages, Map root, failFast) {
    def branches = [:]
    for (each in _section('parallel', stages).calls) {
        def name = each.args[0], body = each.args[1]
        branches[name] = { _stage(name, body, [root: root], null) }
    }
    if (failFast || root.flags.contains('parallelsAlwaysFailFast')) branches.failFast = true
    return parallel(branches)
}

def _stage(String name, Closure body, Map around, error) {
    Host.until(name)
    def model = Host.model(_section('stage', body))
    stage(name) {
        def why = Host.skips(around.root, error)
        if (why) {
            _skipped(name, model, why)
            return
        }
        // Asked once, at the earliest of the places that it names.
        def when = _section('when', model.when), asked = [done: false]
        if (!_before(when, 'beforeOptions', name, model, asked)) return
        _wrapped(_section('options', model.options), Host.stageOptions()) {
            if (!_before(when, 'beforeInput', name, model, asked)) return
            if (model.input) _ask(model.input)
            if (!_before(when, 'beforeAgent', name, model, asked)) return
            _agent(model.agent, around) {
                if (!asked.done && !_holds(when, name, model)) return
                _environment(model.environment) { _work(name, model, around) }
            }
        }
    }
}

def _before(Section when, String which, String name, Map model, Map asked) {
    if (asked.done || !Host.has(when, which)) return true
    asked.done = true
    return _holds(when, name, model)
}

def _holds(Section when, String name, Map model) {
    if (!when.calls || _all(when)) return true
    _skipped(name, model, 'when conditional')
    return false
}

/** A stage that is not run, and all that is in it. */
def _skipped(String name, Map model, String why) {
    Host.say("Stage \"${name}\" skipped due to ${why}")
    Host.say('[Pipeline] getContext')
    Host.stageResult('SKIPPED')
    if (model.stages != null) {
        for (each in _section('stages', model.stages).calls) {
            def title = each.args[0], inner = Host.model(_section('stage', each.args[1]))
            stage(title) { _skipped(title, inner, why) }
        }
    }
    if (model.parallel != null) {
        def branches = [:]
        for (each in _section('parallel', model.parallel).calls) {
            def title = each.args[0], inner = Host.model(_section('stage', each.args[1]))
            branches[title] = { stage(title) { _skipped(title, inner, why) } }
        }
        parallel(branches)
    }
}

def _work(String name, Map model, Map around) {
    def error = null
    try {
        if (model.steps != null) { def steps = model.steps; steps() }
        else if (model.stages != null) _stages(model.stages, around)
        else _parallel(model.parallel, around.root, model.failFast)
    } catch (Throwable thrown) {
        error = thrown
        Host.failed(thrown)
    }
    def blocks = Host.model(_section('post', model.post))
    if (Host.postConditions(blocks, error, true)) {
        Host.say('Post stage')
        error = _post(blocks, error, true)
    }
    if (error != null) throw error
}

def _ask(Closure how) {
    def asked = Host.model(_section('input', how))
    input(asked)
}

/** What is done at the end, condition by condition; returns the error that the build ends with. */
def _post(Map blocks, error, boolean ofStage) {
    for (condition in Host.postConditions(blocks, error, ofStage)) {
        def body = blocks[condition]
        try { body() } catch (Throwable thrown) {
            Host.say("Error when executing ${condition} post condition:")
            Host.say(thrown.toString())
            Host.failed(thrown)
            if (error == null) error = thrown
        }
    }
    return error
}

def _all(Section when) {
    for (each in when.calls) if (!Host.timing(each.name) && !_condition(each)) return false
    return true
}

def _condition(Map each) {
    def given = each.args ? each.args[0] : null
    if (each.name == 'expression') return given() as boolean
    if (each.name == 'not') return !_all(_section('when', given))
    if (each.name == 'allOf') return _all(_section('when', given))
    if (each.name == 'anyOf') {
        for (one in _section('when', given).calls) if (_condition(one)) return true
        return false
    }
    return Host.condition(each.name, given)
}
