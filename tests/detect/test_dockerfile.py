"""A Dockerfile that is there: its stages, ports and user, however they are written."""

from __future__ import annotations

import pytest

from tests.detect.given import Look, port

END = "USER 10001\n"


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("FROM a\n", ("",)),
        ("from a as b\n", ("b",)),
        ("ARG V=1\nFROM a:${V} AS b\nFROM b AS c\n", ("b", "c")),
        ("FROM --platform=$BUILDPLATFORM a AS b\n", ("b",)),
        ("FROM a \\\n  AS b\n", ("b",)),
        ("FROM a \\\n  # why\n  AS b\n", ("b",)),
        ("# FROM a AS b\n\tFROM\ta\tAS\tc\n", ("c",)),
        ("FROM a\nRUN <<EOF\necho\nFROM b AS c\nEOF\nFROM d\n", ("", "")),
        ("", ()),
    ],
)
def test_the_stages_are_seen(look: Look, text: str, stages: tuple[str, ...]) -> None:
    found = look({"Dockerfile": text}).dockerfile
    assert found is not None
    assert found.stages == stages


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FROM a\nEXPOSE 80\n", 80),
        ("FROM a\nexpose 80/tcp\n", 80),
        ("FROM a\nEXPOSE 53/udp 81\n", 81),
        ("FROM a\nENV PORT=82\nEXPOSE $PORT\n", 82),
        ("FROM a\nARG PORT=83\nEXPOSE ${PORT}/tcp\n", 83),
        ("FROM a\nEXPOSE ${PORT:-84}\n", 84),
        ("FROM a\nEXPOSE \\\n  85 \\\n  86\n", 85),
        ("FROM a AS b\nEXPOSE 87\nFROM b\n", 87),
        ("FROM a AS b\nEXPOSE 88\nFROM c\n", None),
        ("FROM a\nEXPOSE 99999\n", None),
        ("FROM a\nEXPOSE $X\n", None),
    ],
)
def test_the_port_of_the_deployed_stage_is_seen(look: Look, text: str, number: int | None) -> None:
    assert port(look({"Dockerfile": text})) == number


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ("", "Dockerfile: sets no `USER`"),
        ("USER root\n", "Dockerfile:2: runs as root"),
        ("USER 0:0\n", "Dockerfile:2: runs as root"),
        ("USER 10001\nUSER app\n", "Dockerfile:3: `USER app` is a name"),
        ("user www-data:www-data\n", "Dockerfile:2: `USER www-data` is a name"),
        ("USER 10001\n", None),
        ("USER 10001:10001\n", None),
        ('USER "10001"\n', None),
        ("ARG ID=10001\nUSER ${ID}\n", None),
    ],
)
def test_a_user_with_whom_the_pod_would_not_start_is_told(
    look: Look, user: str, told: str | None
) -> None:
    notes = look({"Dockerfile": f"FROM a\n{user}"}).notes
    assert [note.partition(";")[0].partition(",")[0] for note in notes] == ([told] if told else [])


def test_a_stage_has_the_user_of_the_stage_that_it_is_built_on(look: Look) -> None:
    assert look({"Dockerfile": "FROM a AS b\nUSER 10001\nFROM b AS c\n"}).notes == []


def test_an_image_for_users_without_root_needs_no_user(look: Look) -> None:
    assert look({"Dockerfile": "FROM distroless/static:nonroot\n"}).notes == []


@pytest.mark.parametrize(
    ("stages", "test", "image"),
    [
        (["base", "test", "runtime"], "test", None),
        (["builder", "runtime"], "builder", None),
        (["Build", ""], "Build", None),
        (["runtime", "test"], None, "runtime"),
        (["app"], None, None),
        (["test"], "test", None),
    ],
)
def test_the_stages_for_tests_and_for_deployment_are_chosen_by_name(
    look: Look, stages: list[str], test: str | None, image: str | None
) -> None:
    found = look({"Dockerfile": "".join(f"FROM a AS {s}\n" if s else "FROM a\n" for s in stages)})
    chosen = (found.test_target, found.image_target)
    assert [fact.value if fact else None for fact in chosen] == [test, image]


def test_the_deployed_stage_counts_where_the_last_one_is_for_tests(look: Look) -> None:
    text = "FROM a AS runtime\nUSER 10001\nEXPOSE 81\nFROM b AS test\nUSER root\nEXPOSE 82\n"
    found = look({"Dockerfile": text})
    assert (port(found), found.notes) == (81, [])


@pytest.mark.parametrize("path", ["docker/Dockerfile", "Containerfile"])
def test_a_dockerfile_of_another_name_is_named(look: Look, path: str) -> None:
    found = look({path: "FROM a\n", "package.json": '{"name": "a"}'}).dockerfile
    assert found is not None
    assert found.path == path
