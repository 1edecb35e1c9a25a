{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ required "service.name is not set" .Values.service.name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels of a pod. A new chart or Helm changes none of them, so that it restarts no pod. */}}
{{- define "service.podLabels" -}}
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

{{- define "service.labels" -}}
{{ include "service.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
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
- name: {{ $name | quote }}
  valueFrom: {secretKeyRef: {name: {{ .name | quote }}, key: {{ .key | quote }}}}
{{- end }}
{{- end }}
{{- range $name, $value := $texts }}
- name: {{ $name | quote }}
  value: {{ $value | quote }}
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
