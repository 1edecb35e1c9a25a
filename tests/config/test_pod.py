"""What ``deploy`` says of pods: each fault where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.given import config, marks, problems, with_header

HALF = "ü" * 2**18  # of what a ConfigMap holds


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        # A pod that ends.
        (
            "deploy: {shutdown: {graceSeconds: ‸10, drainSeconds: 10}}",
            "a pod that serves for 10 s and is killed after 10 s never gets to end",
            "raise `graceSeconds` over `drainSeconds`",
        ),
        (
            "deploy: {clusters: {eu-a: {shutdown: {graceSeconds: ‸3}}}}",
            "a pod that serves for 5 s and is killed after 3 s never gets to end",
            "raise `graceSeconds` over `drainSeconds`",
        ),
        (
            "deploy: {shutdown: {graceSeconds: ‸null, drainSeconds: 40}}",
            "a pod that serves for 40 s and is killed after 30 s never gets to end",
            "raise `graceSeconds` over `drainSeconds`",
        ),
        # Variables from Secrets and stores.
        (
            "deploy: {secrets: {A: ‸{key: url}}}",
            "it says neither the `name` of a Secret nor a `store`",
            "add `name: orders-db`, or `store` and `remote`",
        ),
        (
            "deploy: {secrets: {A: {name: a, store: ‸vault, remote: x}}}",
            "`name` and `store` exclude each other",
            "keep one, or set the one from elsewhere to null",
        ),
        (
            "deploy: {secrets: {A: {store: vault, remote: x}}, clusters: {eu-a: {secrets: {A: "
            "{name: ‸a}}}}}",
            "`name` and `store` exclude each other",
            "keep one, or set the one from elsewhere to null",
        ),
        (
            "deploy: {secrets: {A: ‸{store: vault}}}",
            "`store` needs `remote`",
            "add `remote: shop/orders`, its entry there",
        ),
        (
            "deploy: {secrets: {A: {store: vault, remote: x, key: ‸token}}}",
            "`key` does not belong to a `store`",
            "write `property`, or set it to null",
        ),
        (
            "deploy: {secrets: {A: {name: a, property: ‸token}}}",
            "`property` does not belong to a `name`",
            "write `key`, or set it to null",
        ),
        # Who may connect, and where it runs.
        (
            "port: null\ndeploy: {networkPolicy: ‸{from: [{service: gateway}]}}",
            "a network policy needs a port, and there is none",
            "set `port`, or remove it",
        ),
        (
            "deploy: {networkPolicy: ‸{}}",
            "`from` is missing",
            "add `from: [{namespace: monitoring}]`: who may connect",
        ),
        (
            "deploy: {networkPolicy: {from: ‸[]}}",
            "`deploy.networkPolicy.from` must not be empty",
            "",
        ),
        (
            "deploy: {networkPolicy: {from: [‸{}]}}",
            "`deploy.networkPolicy.from[0]`: name a `service`, a `namespace`, or both",
            "",
        ),
        (
            "deploy: {nodeSelector: {‸a b: x}}",
            "`a b` is not allowed: a label's or annotation's key is `[prefix/]name`, the name of "
            "letters, digits and `-_.`",
            "",
        ),
        (
            "deploy: {nodeSelector: {a: ‸x y}}",
            "`x y` is not allowed: a label's value takes up to 63 letters, digits and `-_.`",
            "",
        ),
        (
            "deploy: {tolerations: [{key: a, effect: ‸NoSchedul}]}",
            "`deploy.tolerations[0].effect` is `NoSchedul`, not one of: NoSchedule, "
            "PreferNoSchedule, NoExecute",
            "did you mean `NoSchedule`?",
        ),
        (
            "deploy: {spread: {zone: ‸always}}",
            "`deploy.spread.zone` is `always`, not one of: preferred, required",
            "",
        ),
        # Files that it finds.
        (
            "deploy: {configFiles: {/etc/a: x}, clusters: {eu-a: {configFiles: {/etc/a/b: ‸y}}}}",
            "`/etc/a` is a file, so that there can be no `/etc/a/b`",
            "rename one of the two",
        ),
        (
            "deploy: {configFiles: {/data: ‸x}, writable: {/data/x: 1Mi}}",
            "`/data` is a file, so that there can be no `/data/x`",
            "rename one of the two",
        ),
        (
            "deploy: {configFiles: {/data: x}, accounts: {test: {writable: {/data: ‸1Mi}}}}",
            "`/data` is a file here, and a folder that can be written",
            "rename one of the two",
        ),
        (
            "deploy: {configFiles: {/tmp: ‸x}}",
            "`/tmp` is a file here, and a folder that can be written",
            "rename one of the two",
        ),
        (
            f"deploy: {{configFiles: {{/a: &half {HALF}, /b: *half}}, clusters: {{us-a: "
            "{configFiles: {/c: ‸x}}}}",
            "the files have 1048577 bytes together, and Kubernetes takes 1048576",
            "put the large ones into the image",
        ),
        # Folders that it writes to.
        *(
            (
                f"deploy: {{writable: {{‸{path}: unlimited}}}}",
                f"`{path}` is not allowed: write a path in the container, like "
                "`/var/cache/orders`: absolute, without `..`, spaces and colons, and none of the "
                "kernel's",
                "",
            )
            for path in ("data", "/", "/a/../b", "/a/.", "/a//b", "/a/", "/a b", "/a:b", "/proc/1")
        ),
        *(
            (
                f"deploy: {{writable: {{/data: ‸{size}}}}}",
                f"`{size}` is not a size: write bytes with a unit, like `100Mi` or `1Gi`, or "
                "`unlimited`",
                "",
            )
            for size in ("much", "0", "0Mi", "1.5")
        ),
    ],
)
def test_what_cannot_be_is_told_where_it_is_written(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    pipeline, places = marks(with_header(text))
    found = problems(tmp_path, pipeline)
    assert [(p.line, p.column) for p in found] == places
    assert [(p.message, p.hint) for p in found] == [(message, hint)]


@pytest.mark.parametrize(
    "text",
    [
        "port: null\ndeploy: {shutdown: {graceSeconds: 1}}",
        "deploy: {shutdown: {graceSeconds: 1, drainSeconds: null}}",
        "deploy: {shutdown: null}",
        "port: null\nobservability: {metrics: {port: 9000}}\n"
        "deploy: {networkPolicy: {from: [{namespace: monitoring, service: prometheus}]}}",
        "deploy: {nodeSelector: {a/b: 'x', c: ''}, tolerations: [], spread: {zone: null}}",
        "deploy: {secrets: {A: {name: a}, B: {store: v, remote: x}, C: null}, clusters: {eu-a: "
        "{secrets: {A: {name: null, store: v, remote: y}, B: {property: z}}}}}",
        "deploy: {configFiles: {/etc/a: x, /etc/ab: y, /tmp/c: ''}, writable: {/etc/b: 1Mi}}",
        f"deploy: {{configFiles: {{/a: &half {HALF}, /b: *half}}}}",
        "deploy: {writable: {/tmp: 1Mi, /data/.cache/..x: unlimited, /device: 10, /gone: null}}",
    ],
)
def test_what_can_be_is_not_complained_about(tmp_path: Path, text: str) -> None:
    assert config(tmp_path, text)
