"""Node services: npm, Yarn and pnpm, and the scripts of package.json."""

from __future__ import annotations

import json

import pytest

from tests.detect.given import Files, Look, dockerfile, port, runs


def package(**said: object) -> dict[str, str]:
    return {"package.json": json.dumps({"dependencies": {"express": "4"}, **said})}


NPM = "&& npm cache clean --force"
YARN = "yarn install --frozen-lockfile"
BERRY = "yarn install --immutable"
PNPM = "pnpm install"


@pytest.mark.parametrize(
    ("lock", "cache", "test", "install", "production"),
    [
        ({"package-lock.json": ""}, "npm", "npm test", "npm ci", f"npm ci --omit=dev {NPM}"),
        ({}, "npm", "npm test", "npm install", f"npm install --omit=dev {NPM}"),
        (
            {"yarn.lock": "# v1"},
            "yarn",
            "yarn test",
            YARN,
            f"{YARN} --production && yarn cache clean",
        ),
        (
            {"yarn.lock": "__metadata:\n"},
            "yarn",
            f"{BERRY} && yarn test",
            f"{BERRY} && chmod -R a+rX /opt/corepack",
            "yarn workspaces focus --production",
        ),
        (
            {"pnpm-lock.yaml": ""},
            "pnpm",
            "pnpm test",
            f"{PNPM} --frozen-lockfile",
            f"{PNPM} --prod --frozen-lockfile",
        ),
    ],
)
def test_each_package_manager_has_its_own_commands(
    look: Look, lock: Files, cache: str, test: str, install: str, production: str
) -> None:
    found = look({**package(scripts={"test": "jest"}), **lock})
    assert (found.ecosystem.caches, runs(found)) == ([cache], {"unit": test})
    lines = dockerfile(found)
    assert [f"RUN {install}" in lines, f"RUN {production}" in lines] == [True, True]


@pytest.mark.parametrize(
    ("said", "lock", "version"),
    [
        ({"packageManager": "pnpm@9.12.3+sha512.ab"}, "", "9.12.3"),
        ({}, "lockfileVersion: '6.0'\n", "8"),
        ({}, "lockfileVersion: '9.0'\n", "9"),
    ],
)
def test_pnpm_is_one_that_reads_the_lock_file(
    look: Look, said: dict[str, object], lock: str, version: str
) -> None:
    found = look({**package(**said), "pnpm-lock.yaml": lock})
    assert f"RUN npm install --global pnpm@{version}" in dockerfile(found)


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({}, "22"),
        ({".nvmrc": "v20.11.1\n"}, "20"),
        ({".nvmrc": "lts/*\n"}, "22"),
        (package(engines={"node": "20.x"}), "20"),
        (package(engines={"node": ">=18"}), "22"),
        (package(engines={"node": ">=18 <21"}), "18"),
        (package(engines={"node": ">=24"}), "24"),
    ],
)
def test_node_is_the_version_that_is_asked_for(look: Look, files: Files, version: str) -> None:
    assert dockerfile(look({**package(), **files}))[0] == f"FROM node:{version}-slim AS base"


def test_npms_own_placeholder_is_no_test(look: Look) -> None:
    placeholder = 'echo "Error: no test specified" && exit 1'
    assert runs(look(package(scripts={"test": placeholder}))) == {}


def test_nodes_own_runner_is_told_to_write_a_report(look: Look) -> None:
    unit = look(package(scripts={"test": "node --test"})).ecosystem.tests["unit"].value
    assert unit.run == "mkdir -p reports && npm test"
    assert "--test-reporter-destination=reports/unit.xml" in unit.env["NODE_OPTIONS"]


def test_end_to_end_tests_are_browser_tests_where_there_is_a_browser(look: Look) -> None:
    scripts = {"test:e2e": "x", "test:integration": "x"}
    found = look(package(scripts=scripts, devDependencies={"@playwright/test": "1"}))
    assert runs(found) == {
        "integration": "npm run test:integration",
        "browsers": "npm run test:e2e",
    }


@pytest.mark.parametrize(
    ("start", "command"),
    [
        ("node server.mjs", ["node", "server.mjs"]),
        (
            "NODE_ENV=production node --enable-source-maps a.js",
            ["node", "--enable-source-maps", "a.js"],
        ),
        ("cross-env NODE_ENV=production node a.js", ["node", "a.js"]),
        ("express serve", ["node_modules/.bin/express", "serve"]),
    ],
)
def test_the_image_starts_what_the_start_script_starts(
    look: Look, start: str, command: list[str]
) -> None:
    found = look(package(scripts={"start": start}))
    assert (dockerfile(found)[-1], found.notes) == (f"CMD {json.dumps(command)}", [])


def test_a_start_script_that_needs_a_shell_is_called_and_told(look: Look) -> None:
    found = look(package(scripts={"start": "a && b"}))
    assert dockerfile(found)[-1] == 'CMD ["npm", "run", "start"]'
    assert [note.startswith("Dockerfile: ") for note in found.notes] == [True]


def test_a_script_for_developers_does_not_stop_the_image(look: Look) -> None:
    lines = dockerfile(look(package(scripts={"prepare": "husky"})))
    at = lines.index("RUN npm pkg delete scripts.prepare")
    assert lines[at + 1].startswith("RUN npm install --omit=dev")


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("app.listen(3001)", 3001),
        ("const port = process.env.PORT || 3002;", 3002),
        ("await app.listen({ port: 3003 })", 3003),
        ("app.listen(process.env.PORT ?? 3004)", 3004),
        ("app.listen(99999)", None),
    ],
)
def test_the_port_is_the_one_that_the_source_listens_on(
    look: Look, source: str, number: int | None
) -> None:
    assert port(look({**package(), "src/index.js": source})) == number
