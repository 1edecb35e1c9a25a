/** Tells the team that its main branch broke, or that it is mended. */
void call(Map args) {
    checkArguments('notifyTeam', args, ['result', 'branch'], ['slack', 'email'])
    if (env.BRANCH_NAME != args.branch) {
        return
    }
    boolean good = args.result == 'fixed'
    String title = "${env.JOB_NAME} #${env.BUILD_NUMBER}: ${good ? 'mended' : 'broken'}"
    if (args.slack) {
        slackSend(channel: args.slack, color: good ? 'good' : 'danger',
            message: "${title} ${env.RUN_DISPLAY_URL ?: env.BUILD_URL}")
    }
    if (args.email) {
        mail(to: args.email, subject: title, body: "${env.RUN_DISPLAY_URL ?: env.BUILD_URL}")
    }
}
