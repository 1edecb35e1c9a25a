{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ required "service.name is not set" .Values.service.name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* The chart's own labels of a pod. */}}
{{- define "service.ownLabels" -}}
{{ include "service.selectorLabels" . }}
{{- /* A tag may be longer than a label's value, which also has to end with a letter or digit. */}}
{{- $tag := .Values.image.tag | default "" | trunc 63 }}
{{- with regexFind "[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?" $tag }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
{{- range $name, $value := dict
    "team" .Values.service.team
    "account" .Values.account
    "region" .Values.region
    "cluster" .Values.cluster }}
{{- with $value }}
pipelinegen/{{ $name }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Labels of a pod: the chart's own, by which it is also selected, win over those that were given. A
new chart or Helm changes none of them, so that it restarts no pod.
*/}}
{{- define "service.podLabels" -}}
{{- $own := include "service.ownLabels" . | fromYaml }}
{{- include "service.texts" (merge $own (.Values.labels | default dict)) | trim }}
{{- end }}

{{- define "service.labels" -}}
{{- $own := dict
    "app.kubernetes.io/managed-by" .Release.Service
    "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") }}
{{- include "service.texts" (merge $own (include "service.podLabels" . | fromYaml)) | trim }}
{{- end }}

{{- define "service.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository is not set" $image.repository -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $repository $image.digest }}
{{- else -}}
{{- $how := "no image: pass --set-string image.digest=sha256:... (or image.tag=...)" -}}
{{ printf "%s:%s" $repository (required $how $image.tag) }}
{{- end }}
{{- end }}

{{/* Lines of a map from text to text. A null may be left of a key that a region removed. */}}
{{- define "service.texts" -}}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Any value, on one line and without the nulls in its maps: Helm leaves the null of a values file
standing where the chart has no default for the key. Not toYaml, which loses a few characters.
*/}}
{{- define "service.value" -}}
{{- if kindIs "map" . -}}
{
{{- $separator := "" }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{- $separator }}{{ $key }}: {{ include "service.value" $value }}
{{- $separator = ", " }}
{{- end }}
{{- end -}}
}
{{- else if kindIs "slice" . -}}
[
{{- range $index, $value := . }}
{{- if $index }}, {{ end }}{{ include "service.value" $value }}
{{- end -}}
]
{{- else if kindIs "string" . -}}
{{ quote . }}
{{- else -}}
{{ toJson . }}
{{- end }}
{{- end }}

{{/*
Environment of the container. Secrets come first, since `$(NAME)` in a value is replaced by
Kubernetes only when NAME was declared before.
*/}}
{{- define "service.env" -}}
{{- $texts := dict }}
{{- range $name, $value := dict
    "SERVICE_NAME" .Values.service.name
    "ACCOUNT" .Values.account
    "REGION" .Values.region
    "CLUSTER" .Values.cluster }}
{{- with $value }}{{ $_ := set $texts $name . }}{{ end }}
{{- end }}
{{- range $name, $value := .Values.env }}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $texts $name $value }}{{ end }}
{{- end }}
{{- range $name, $secret := .Values.secretEnv }}
{{- with $secret }}
{{- if not (kindIs "invalid" (index ($.Values.env | default dict) $name)) }}
{{- fail (printf "%s is in env and in secretEnv: remove one of them (null removes)" $name) }}
{{- end }}
{{- $_ := unset $texts $name }}
{{- $from := .store | empty | ternary .name (include "service.externalSecret" $) }}
- name: {{ $name | quote }}
  valueFrom: {secretKeyRef: {name: {{ $from | quote }}, key: {{ .key | default $name | quote }}}}
{{- end }}
{{- end }}
{{- range $name, $value := $texts }}
- name: {{ $name | quote }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* The Secret into which External Secrets puts what it takes from stores. */}}
{{- define "service.externalSecret" -}}
{{ .Release.Name }}-external
{{- end }}

{{/* The name of the container's port that Prometheus scrapes. */}}
{{- define "service.metricsPort" -}}
{{- $port := required "metrics.port is not set" (.Values.metrics.port | default .Values.port) }}
{{- eq (int64 $port) (.Values.port | default 0 | int64) | ternary "http" "metrics" }}
{{- end }}

{{/* The object of the Prometheus Operator that says what is scraped; empty: annotations do. */}}
{{- define "service.monitor" -}}
{{- (.Values.metrics | default dict).monitor | default "" }}
{{- end }}

{{/* The container's ports. The Operator only finds what is declared here. */}}
{{- define "service.ports" -}}
{{- with .Values.port }}
- {name: http, containerPort: {{ . | int64 }}, protocol: TCP}
{{- end }}
{{- if and (include "service.monitor" .) (eq (include "service.metricsPort" .) "metrics") }}
- {name: metrics, containerPort: {{ .Values.metrics.port | int64 }}, protocol: TCP}
{{- end }}
{{- end }}

{{/* The labels that the metrics of the service get, besides those that the Operator sets. */}}
{{- define "service.relabelings" -}}
{{- range $label, $target := dict
    "app_kubernetes_io_name" "service"
    "app_kubernetes_io_version" "version"
    "pipelinegen_team" "team" }}
- {sourceLabels: [__meta_kubernetes_pod_label_{{ $label }}], targetLabel: {{ $target }}}
{{- end }}
{{- range $name, $value := dict
    "account" .Values.account
    "cluster" .Values.cluster
    "region" .Values.region }}
{{- with $value }}
- {targetLabel: {{ $name }}, replacement: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The probes that can work: a worker has no port `http`. */}}
{{- define "service.probes" -}}
{{- range $name, $probe := .Values.probes }}
{{- with $probe }}
{{- $handlers := include "service.value" (pick . "exec" "grpc" "httpGet" "tcpSocket") | fromYaml }}
{{- if ne (len $handlers) 1 }}
{{- fail (printf "probes.%s needs one of exec, grpc, httpGet, tcpSocket (null removes)" $name) }}
{{- end }}
{{- $port := (first (values $handlers)).port }}
{{- if or $.Values.port (ne (toString $port) "http") }}
{{ $name }}Probe: {{ include "service.value" $probe }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where the container can write: path to emptyDir. */}}
{{- define "service.writable" -}}
{{- $writable := dict "/tmp" dict }}
{{- range $path, $volume := .Values.writable }}
{{- if not (kindIs "invalid" $volume) }}{{ $_ := set $writable $path $volume }}{{ end }}
{{- end }}
{{- toJson $writable }}
{{- end }}

{{/* The name of the volume at a path. */}}
{{- define "service.volume" -}}
{{ eq . "/tmp" | ternary "tmp" (printf "at-%s" (sha256sum . | trunc 10)) }}
{{- end }}

{{/* Files that the container finds: path to text. */}}
{{- define "service.files" -}}
{{- $files := dict }}
{{- range $path, $text := .Values.configFiles }}
{{- if not (kindIs "invalid" $text) }}{{ $_ := set $files $path $text }}{{ end }}
{{- end }}
{{- toJson $files }}
{{- end }}

{{/* The key of a file in its ConfigMap, which takes no path: unique, and one sees what it is. */}}
{{- define "service.fileKey" -}}
{{- $name := regexReplaceAll "[^-._A-Za-z0-9]+" (base .) "_" | trunc 200 }}
{{- printf "%s-%s" (sha256sum . | trunc 10) $name }}
{{- end }}

{{/* Who may connect; a pod of a service is in the same namespace unless one is named. */}}
{{- define "service.peer" -}}
{{- $peer := dict }}
{{- with .service }}
{{- $_ := set $peer "podSelector" (dict "matchLabels" (dict "app.kubernetes.io/name" .)) }}
{{- end }}
{{- with .namespace }}
{{- $labels := dict "kubernetes.io/metadata.name" . }}
{{- $_ := set $peer "namespaceSelector" (dict "matchLabels" $labels) }}
{{- end }}
{{- include "service.value" $peer }}
{{- end }}
