"""The house rules that no reviewer should have to think of."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipelinegen"
MODULES = sorted(path.relative_to(ROOT) for path in PACKAGE.rglob("*.py"))
MOST_LINES = 300

# Each may import what stands below it, and its own; rooms of one floor do not know each other.
FLOORS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"detect", "run", "deploy", "jenkins", "observe", "workspace", "testing"},
    {"containers", "credentials", "patience"},
    {"render"},
    {"plan"},
    {"config"},
    {"data", "git"},
    {"errors"},
    {"__init__"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room(module: str) -> str:
    """``pipelinegen.config.load`` is in the room ``config``."""
    return [*module.split("."), "__init__"][1]


def imports(path: Path) -> set[str]:
    """The modules of pipelinegen that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written out in full"
            module = node.module or ""
            of_package = module == "pipelinegen"
            found |= {f"{module}.{a.name}" for a in node.names} if of_package else {module}
    return {name for name in found if name.split(".")[0] == "pipelinegen"}


def wrong_way(path: Path) -> list[str]:
    """The imports of a file that go up, or next door."""
    here = path.relative_to("pipelinegen").with_suffix("").parts[0]
    rooms = {name: room(name) for name in imports(path)}
    # `from pipelinegen import __version__` is an import of the package itself.
    known = {name: there if there in FLOOR else "__init__" for name, there in rooms.items()}
    return [
        f"{path} imports {name}"
        for name, there in sorted(known.items())
        if there != here and FLOOR[there] <= FLOOR[here]
    ]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_one_way(path: Path) -> None:
    assert wrong_way(path) == []


def test_an_import_that_points_up_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = Path("pipelinegen/plan/model.py")
    (tmp_path / path).parent.mkdir(parents=True)
    text = "from pipelinegen import data, render, __version__\nimport pipelinegen.config.load\n"
    (tmp_path / path).write_text(f"{text}def f():\n    from pipelinegen.workspace.lock import x\n")
    assert wrong_way(path) == [
        "pipelinegen/plan/model.py imports pipelinegen.render",
        "pipelinegen/plan/model.py imports pipelinegen.workspace.lock",
    ]


@pytest.mark.parametrize("name", [path.stem for path in (PACKAGE / "commands").glob("[a-z]*.py")])
def test_every_command_has_its_own_tests(name: str) -> None:
    assert (ROOT / "tests" / "commands" / f"test_{name}.py").is_file()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_is_longer_than_a_person_reads(path: Path) -> None:
    lines = (ROOT / path).read_text("utf-8").count("\n")
    assert lines <= MOST_LINES, f"{path} has {lines} lines: move a part of it out"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert ast.get_docstring(tree) or not tree.body


def loaded(*arguments: str) -> set[str]:
    """The top-level modules that a run of the command line imports."""
    code = (
        "import sys\nfrom pipelinegen.cli import main\n"
        "try:\n    main()\nfinally:\n    print('\\n', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["chart"]], ids=" ".join)
def test_what_needs_no_config_does_not_wait_for_its_libraries(arguments: list[str]) -> None:
    found = loaded(*arguments)
    assert "click" in found
    assert not found & {"pydantic", "jinja2", "yaml", "urllib3", "http"}


def test_what_needs_the_config_loads_its_libraries() -> None:
    assert "yaml" not in loaded("schema", "--help")
    assert {"pydantic", "yaml"} <= loaded("validate", "sample-service/platform.yaml")
