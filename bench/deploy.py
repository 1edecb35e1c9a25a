"""What `pipelinegen deploy` adds to the time that helm takes: 40 clusters in waves of 10.

    make bench-deploy     or: python bench/deploy.py [--runs 3]

A stub stands for helm, which takes a second for every call, and one for kubectl, which takes none.
The ideal is the longest way through the calls of helm: two to see what changes, then two in each
wave. The peer is a shell that makes the same calls at the same time with `xargs`, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WAVES, IN_WAVE, SECONDS = 4, 10, 1.0
BEFORE, IN_EACH = 2, 2

HELM = """#!/bin/sh
sleep 1
case $1 in
  template) printf 'kind: Deployment\\nmetadata: {name: many}\\n' ;;
  upgrade) echo '{"version": 1}' ;;
  *) echo 'Error: release: not found' >&2; exit 1 ;;
esac
"""
KUBECTL = """#!/bin/sh
case "$*" in
  *" create "*|*" replace "*)
    cat >/dev/null
    echo '{"metadata": {"resourceVersion": "1"}, "spec": {"renewTime": ""}}' ;;
  *" deployments,"*) cat "$0.json" ;;
esac
"""
READY = """{"items": [
{"kind": "Deployment", "metadata": {"name": "many", "generation": 1, "annotations":
  {"deployment.kubernetes.io/revision": "1"}}, "spec": {"replicas": 1},
  "status": {"observedGeneration": 1}},
{"kind": "ReplicaSet", "metadata": {"labels": {"pod-template-hash": "x"}, "annotations":
  {"deployment.kubernetes.io/revision": "1"}}},
{"kind": "Pod", "metadata": {"labels": {"pod-template-hash": "x"}},
  "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}]}
"""


def prepare(folder: Path) -> dict[str, str]:
    """A service for forty clusters, and the stubs; the environment for both."""
    names = [f"c{number:02}" for number in range(WAVES * IN_WAVE)]
    clusters = "\n".join(f"      {name}: {{region: eu}}" for name in names)
    waves = [names[start : start + IN_WAVE] for start in range(0, len(names), IN_WAVE)]
    shown = ", ".join(f"[{', '.join(wave)}]" for wave in waves)
    (folder / "platform.yaml").write_text(
        "apiVersion: pipelinegen/v1\nregistry: {url: registry.example.com/x}\nregions: {eu: {}}\n"
        f"accounts:\n  production:\n    clusters:\n{clusters}\n"
    )
    (folder / "pipeline.yaml").write_text(
        "apiVersion: pipelinegen/v1\nservice: {name: many, team: x}\nplatform: platform.yaml\n"
        f"deploy: {{production: {{waves: [{shown}]}}}}\n"
    )
    (folder / "Dockerfile").write_text("FROM scratch AS test\n")
    for name, text in {"helm": HELM, "kubectl": KUBECTL}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "kubectl.json").write_text(READY)
    (folder / "kubeconfig").touch()
    given = {f"KUBECONFIG_{name.upper()}": str(folder / "kubeconfig") for name in names}
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **given, "PATH": path, "PIPELINEGEN_BUILD": "bench"}


def seconds(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """How long a command takes, and how much CPU it and its children need."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr + done.stdout)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    every, wave = WAVES * IN_WAVE, IN_WAVE
    shell = (
        f"for i in {'a ' * BEFORE}; do seq {every} | xargs -P {every} -I @ helm template; done; "
    )
    rounds = "a " * (WAVES * IN_EACH)
    shell += f"for i in {rounds}; do seq {wave} | xargs -P {wave} -I @ helm template; done"
    deploy = [sys.executable, "-m", "pipelinegen", "deploy", "--account", "production"]
    deploy += ["--image", f"sha256:{'a' * 64}"]
    measured = []
    with tempfile.TemporaryDirectory(prefix="pipelinegen-bench-") as scratch:
        folder = Path(scratch)
        environment = prepare(folder)
        seconds([sys.executable, "-m", "pipelinegen", "generate"], folder, environment)
        for _ in range(options.runs):
            peer = seconds(["sh", "-c", shell], folder, environment)
            measured.append((seconds(deploy, folder, environment), peer))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    ideal = (BEFORE + WAVES * IN_EACH) * SECONDS
    mine, other = (statistics.median(each[n][0] for each in measured) for n in (0, 1))
    work, less = (statistics.median(each[n][1] for each in measured) for n in (0, 1))
    print("| what | wall, s | of the ideal | aim | CPU, s |")
    print("|---|---|---|---|---|")
    print(f"| `pipelinegen deploy` | {mine:.2f} | {mine / ideal:.3f} | 1.15 | {work:.1f} |")
    print(f"| the calls alone | {other:.2f} | {other / ideal:.3f} | | {less:.1f} |")
    print(f"\nThe ideal is {ideal:.0f} s. The largest process took {memory:.0f} MB (aim 200).")


if __name__ == "__main__":
    main()
