// By themselves these rules look at files named Jenkinsfile only, and say nothing of the others.
def names = [
    'ClassNotSerializable', 'ClosureInGString', 'CpsCallFromNonCpsMethod',
    'ExpressionInCpsMethodNotSerializable', 'ForbiddenCallInCpsMethod',
    'ObjectOverrideOnlyNonCpsMethods', 'ParameterOrReturnTypeNotSerializable',
]
ruleset {
    ruleset('rulesets/jenkins.xml') {
        names.each { name ->
            "$name" {
                applyToFileNames = '*'
                applyToFilesMatching = '.*'
            }
        }
    }
}
