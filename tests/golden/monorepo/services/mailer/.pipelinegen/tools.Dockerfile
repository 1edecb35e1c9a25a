# Made by pipelinegen 0.1.0 from pipeline.yaml: change that file, then run `pipelinegen generate`.
# The container of the stages that build images and deploy: Docker's client, helm, kubectl and
# pipelinegen, each at one version.
FROM alpine/helm:4.1.4 AS helm
FROM registry.k8s.io/kubectl:v1.35.2 AS kubectl
FROM docker:28-cli AS docker

FROM python:3.13-slim
# procps: Jenkins looks with `ps` whether the container runs what it was told to.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git procps \
    && rm -rf /var/lib/apt/lists/*
COPY --from=helm /usr/bin/helm /usr/local/bin/helm
COPY --from=kubectl /bin/kubectl /usr/local/bin/kubectl
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=docker /usr/local/libexec/docker/cli-plugins /usr/local/libexec/docker/cli-plugins
RUN pip install --no-cache-dir pipelinegen==0.1.0
# Jenkins runs the container as a user that has no home of its own.
ENV HOME=/tmp
