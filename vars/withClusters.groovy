/** Runs the body with KUBECONFIG_<CLUSTER> naming each cluster's kubeconfig, and no other. */
void call(Map kubeconfigs, Closure body) {
    List<Map> bindings = []
    for (cluster in kubeconfigs.keySet().toList()) {
        String variable = 'KUBECONFIG_' + cluster.toUpperCase().replace('-', '_')
        bindings.add(file(credentialsId: kubeconfigs[cluster], variable: variable))
    }
    withCredentials(bindings) {
        withEnv(['KUBECONFIG=/dev/null']) {
            body()
        }
    }
}
