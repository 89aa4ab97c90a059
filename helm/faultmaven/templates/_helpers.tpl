{{- define "faultmaven.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "faultmaven.fullname" -}}
{{- $name := include "faultmaven.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "faultmaven.selectorLabels" -}}
app.kubernetes.io/name: {{ include "faultmaven.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "faultmaven.labels" -}}
{{ include "faultmaven.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "faultmaven.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "faultmaven.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Empty when there is nothing secret. */}}
{{- define "faultmaven.secretName" -}}
{{- if .Values.existingSecret -}}
{{- .Values.existingSecret -}}
{{- else if .Values.secrets -}}
{{- include "faultmaven.fullname" . -}}
{{- end -}}
{{- end -}}

{{- define "faultmaven.claimName" -}}
{{- default (include "faultmaven.fullname" .) .Values.persistence.existingClaim -}}
{{- end -}}
