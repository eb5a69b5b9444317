"""The house stands as drawn: arrows run downwards, the engine knows no screens, files stay small."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 45
BROAD = ("Exception", "BaseException")
MARKUP_WIDGETS = re.compile(r"\b(?:Static|Label|Button|notify)\(\s*(?:f[\"']|str\(|self\.|[a-z_]+[,)])")


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((PROJECT / package).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def test_import_contracts_hold() -> None:
    """The contracts are in pyproject.toml; the linter reads the sources, it runs nothing."""
    linter = Path(sys.executable).parent / "lint-imports"
    ended = subprocess.run([linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_no_module_of_the_engine_loads_textual() -> None:
    modules = [
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources("console")
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "    found = {'textual', 'rich', 'screens'} & set(sys.modules)\n"
        "    assert not found, (name, found)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("package", ["console", "screens", "tests", "benchmarks"])
def test_files_and_functions_are_read_at_a_sitting(package: str) -> None:
    for path in sources(package):
        text = path.read_text("utf-8")
        assert text.count("\n") <= MOST_LINES, named(path)
        if package == "tests":
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < MOST_LINES_OF_A_FUNCTION, f"{named(path)}: {node.name}"


def test_every_broad_except_says_which_boundary_it_guards() -> None:
    for path in sources("console", "screens", "benchmarks"):
        text = path.read_text("utf-8")
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node):
                if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
                    continue  # it guards nothing: what came goes on
                here, below = lines[node.lineno - 1].partition("#")[2], lines[node.lineno].strip()
                said = here.partition("BLE001")[2] if "BLE001" in here else here
                assert len(said.strip(" -")) > 10 or below.startswith("# "), f"{named(path)}:{node.lineno}"


def _is_broad(node: ast.ExceptHandler) -> bool:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds)


def test_no_text_gets_into_a_widget_as_markup() -> None:
    """A server's ``[red]`` must stay what it is: stock widgets get Content, or text without markup."""
    for path in sources("screens"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if MARKUP_WIDGETS.search(line) and not line.lstrip().startswith(("class ", "def ", "#")):
                assert "markup=False" in line or "Content(" in line, f"{named(path)}:{number}: {line.strip()}"


def test_textuals_escape_is_no_defence() -> None:
    for path in sources("screens"):
        assert "markup import escape" not in path.read_text("utf-8"), named(path)


def test_yaml_is_read_by_the_safe_loader_alone() -> None:
    unsafe = re.compile(r"yaml\.(?:full_load|unsafe_load|Loader|FullLoader|UnsafeLoader)\b")
    for path in sources("console", "screens"):
        text = path.read_text("utf-8")
        assert not unsafe.search(text), named(path)
        assert "yaml.load" not in text or "SafeLoader)" in text, named(path)


def test_no_screen_opens_sockets_or_msal() -> None:
    for path in sources("screens"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            loaded = {name.partition(".")[0] for name in names}
            assert not loaded & {"socket", "ssl", "msal", "requests", "smtplib", "yaml"}, named(path)


def test_nothing_is_left_to_do_in_comments() -> None:
    later = re.compile(r"\b(?:TO(?:DO)|FIX(?:ME)|X(?:XX))\b")
    for path in sources("console", "screens", "tests", "benchmarks"):
        assert not later.search(path.read_text("utf-8")), named(path)
