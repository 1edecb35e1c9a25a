import java.util.concurrent.TimeUnit

/**
 * What the validator knows by name: the core plugins' steps, options, triggers, agents, conditions.
 * The lists are those of a Jenkins with the plugins of docs/jenkins.md and with ansicolor.
 */
class Known {
    static final Class S = String
    static final Class B = boolean
    static final Class I = int
    static final Class ANY = Object

    private static Described one(String name, Map needs = [:], Map takes = [:], boolean block = false) {
        new Described(name: name, needs: needs, takes: takes, block: block)
    }

    private static Map<String, Described> named(Described... all) { all.collectEntries { [(it.name): it] } }

    private static final Map SHELL = [encoding: S, label: S, returnStatus: B, returnStdout: B]

    private static final Map<String, Described> LOCKING = named(
        one('lock', [resource: S], [
            extra: List, inversePrecedence: B, label: S, priority: I, quantity: I, reason: S,
            resourceSelectStrategy: S, skipIfLocked: B, variable: S,
        ], true),
        one('milestone', [ordinal: Integer], [label: S, unsafe: B]))

    static final Map<String, Described> STEPS = LOCKING + named(
        one('archiveArtifacts', [artifacts: S], [
            allowEmptyArchive: B, caseSensitive: B, defaultExcludes: B, excludes: S, fingerprint: B,
            followSymlinks: B, onlyIfSuccessful: B,
        ]),
        one('ansiColor', [colorMapName: S], [:], true),
        one('bat', [script: S], SHELL),
        one('catchError', [:],
            [buildResult: S, catchInterruptions: B, message: S, stageResult: S], true),
        one('checkout', [scm: ANY], [changelog: B, poll: B]),
        one('deleteDir'),
        one('dir', [path: S], [:], true),
        one('echo', [message: S]),
        one('error', [message: S]),
        one('fileExists', [file: S]),
        one('input', [message: S],
            [cancel: S, id: S, ok: S, parameters: List, submitter: S, submitterParameter: S]),
        one('isUnix'),
        one('junit', [testResults: S], [
            allowEmptyResults: B, checksName: S, healthScaleFactor: Double, keepLongStdio: B,
            keepProperties: B, keepTestNames: B, skipMarkingBuildUnstable: B, skipOldReports: B,
            skipPublishingChecks: B, stdioRetention: S, testDataPublishers: List,
        ]),
        one('libraryResource', [resource: S], [encoding: S]),
        one('mail', [subject: S, body: S],
            [bcc: S, cc: S, charset: S, from: S, mimeType: S, replyTo: S, to: S]),
        one('node', [label: S], [:], true),
        one('powershell', [script: S], SHELL),
        one('pwd', [:], [tmp: B]),
        one('pwsh', [script: S], SHELL),
        one('readFile', [file: S], [encoding: S]),
        one('retry', [count: I], [conditions: List], true),
        one('sh', [script: S], SHELL),
        one('slackSend', [:], [
            attachments: ANY, baseUrl: S, blocks: ANY, botUser: B, channel: S, color: S,
            failOnError: B, iconEmoji: S, message: S, notifyCommitters: B, replyBroadcast: B,
            sendAsText: B, teamDomain: S, timestamp: S, token: S, tokenCredentialId: S, username: S,
        ]),
        one('sleep', [time: I], [unit: TimeUnit]),
        one('stash', [name: S], [allowEmpty: B, excludes: S, includes: S, useDefaultExcludes: B]),
        one('timeout', [time: I], [activity: B, unit: TimeUnit], true),
        one('timestamps', [:], [:], true),
        one('unstable', [message: S]),
        one('unstash', [name: S]),
        one('waitUntil', [:], [initialRecurrencePeriod: long, quiet: B], true),
        one('warnError', [message: S], [catchInterruptions: B], true),
        one('withDockerContainer', [image: S], [args: S, toolName: S], true),
        one('withCredentials', [bindings: List], [:], true),
        one('withEnv', [overrides: List], [:], true),
        one('writeFile', [file: S, text: S], [encoding: S]))

    /** What is written as a call inside of options, triggers and parameters. */
    static final Map<String, Described> CALLS = named(
        one('booleanParam', [name: S], [defaultValue: B, description: S]),
        one('buildDiscarder', [strategy: ANY]),
        one('checkoutToSubdirectory', [subdirectory: S]),
        one('choice', [name: S], [choices: ANY, description: S]),
        one('cron', [spec: S]),
        one('disableConcurrentBuilds', [:], [abortPrevious: B]),
        one('disableRestartFromStage'),
        one('disableResume'),
        one('durabilityHint', [hint: S]),
        one('file', [name: S], [description: S]),
        one('githubPush'),
        one('logRotator', [
            daysToKeepStr: S, numToKeepStr: S, artifactDaysToKeepStr: S, artifactNumToKeepStr: S,
        ], [removeLastBuild: B]),
        one('newContainerPerStage', [newContainerPerStage: Boolean]),
        one('overrideIndexTriggers', [enableTriggers: B]),
        one('parallelsAlwaysFailFast', [parallelsAlwaysFailFast: Boolean]),
        one('password', [name: S, defaultValue: ANY, description: S]),
        one('pollSCM', [scmpoll_spec: S], [ignorePostCommitHooks: B]),
        one('preserveStashes', [:], [buildCount: I]),
        one('quietPeriod', [quietPeriod: Integer]),
        one('rateLimitBuilds', [throttle: ANY]),
        one('skipDefaultCheckout', [skipDefaultCheckout: Boolean]),
        one('skipStagesAfterUnstable', [skipStagesAfterUnstable: Boolean]),
        one('string', [name: S], [defaultValue: S, description: S, trim: B]),
        one('text', [name: S], [defaultValue: S, description: S, trim: B]),
        one('upstream', [upstreamProjects: S], [threshold: ANY]))

    private static final List<String> WRAPPERS = [
        'ansiColor', 'catchError', 'lock', 'retry', 'script', 'timeout', 'timestamps', 'waitUntil',
        'warnError', 'withChecks', 'withContext', 'withCredentials', 'withEnv',
    ]
    static final List<String> OPTIONS = (WRAPPERS + [
        'buildDiscarder', 'checkoutToSubdirectory', 'disableConcurrentBuilds',
        'disableRestartFromStage', 'disableResume', 'durabilityHint', 'newContainerPerStage',
        'overrideIndexTriggers', 'parallelsAlwaysFailFast', 'preserveStashes', 'quietPeriod',
        'rateLimitBuilds', 'skipDefaultCheckout', 'skipStagesAfterUnstable',
    ]).sort()
    static final List<String> STAGE_OPTIONS =
        (WRAPPERS + ['checkoutToSubdirectory', 'skipDefaultCheckout']).sort()
    static final List<String> TRIGGERS = ['cron', 'githubPush', 'pollSCM', 'upstream']
    static final List<String> PARAMETERS =
        ['booleanParam', 'choice', 'credentials', 'file', 'password', 'run', 'string', 'text']
    static final List<String> TOOLS = ['git', 'gradle', 'jdk', 'maven']

    static final List<String> AGENT_NAMES = ['any', 'docker', 'dockerfile', 'label', 'none']
    private static final Map CONTAINER = [
        args: S, containerPerStageRoot: B, customWorkspace: S, label: S, registryCredentialsId: S,
        registryUrl: S, reuseNode: B,
    ]
    static final Map<String, Described> AGENTS = named(
        one('docker', [image: S], CONTAINER + [alwaysPull: B]),
        one('dockerfile', [:], CONTAINER + [additionalBuildArgs: S, dir: S, filename: S]),
        one('label', [label: S], [customWorkspace: S, retries: I]),
        one('node', [label: S], [customWorkspace: S, retries: I]))

    /** -1: any number of children but none; 0: none. */
    static final Map<String, Integer> CHILDREN = [allOf: -1, anyOf: -1, not: 1]
    static final Map<String, Described> CONDITIONS = named(
        one('allOf'),
        one('anyOf'),
        one('branch', [pattern: S], [comparator: S]),
        one('buildingTag'),
        one('changelog', [pattern: S], [caseSensitive: B, multiLine: B]),
        one('changeRequest', [:], [
            author: S, authorDisplayName: S, authorEmail: S, branch: S, comparator: S, fork: S, id: S,
            target: S, title: S, url: S,
        ]),
        one('changeset', [pattern: S], [caseSensitive: B, comparator: S, glob: S]),
        one('environment', [name: S, value: S], [ignoreCase: B]),
        one('equals', [expected: ANY, actual: ANY]),
        one('expression'),
        one('isRestartedRun'),
        one('not'),
        one('tag', [pattern: S], [comparator: S]),
        one('triggeredBy', [cause: S], [detail: ANY]))

    static final List<String> POST = [
        'always', 'changed', 'fixed', 'regression', 'aborted', 'success', 'unsuccessful', 'unstable',
        'failure', 'notBuilt', 'cleanup',
    ]
    private static final String NOT_HERE = 'cannot be used in Declarative Pipelines'
    static final Map<String, String> BLOCKED_STEPS = [
        stage: "The stage step ${NOT_HERE}".toString(),
        properties: "The properties step ${NOT_HERE}".toString(),
        parallel: 'The parallel step can only be used as the only top-level step in a stage\'s step block',
    ]
    static final Map<String, String> BLOCKED_CALLS =
        [node: "The node step ${NOT_HERE}".toString()] + BLOCKED_STEPS
}
