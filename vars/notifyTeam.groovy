/** Tells the team that its main branch broke, or that it is mended. */
void call(Map args) {
    checkArguments('notifyTeam', args, ['result', 'branch'], ['slack', 'email'])
    if (env.BRANCH_NAME != args.branch) {
        return
    }
    // Who names only one of them does not want the other.
    Map who = args.slack || args.email ? args : platformDefaults()
    boolean good = args.result == 'fixed'
    String title = "${env.JOB_NAME} #${env.BUILD_NUMBER}: ${good ? 'mended' : 'broken'}"
    String link = env.RUN_DISPLAY_URL ?: env.BUILD_URL
    try {
        if (who.slack) {
            slackSend(channel: who.slack, color: good ? 'good' : 'danger', message: "${title} ${link}")
        }
    } finally {
        if (who.email) {
            mail(to: who.email, subject: title, body: link)
        }
    }
}
