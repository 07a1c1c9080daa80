"""Conventions of the repository: sizes, imports, docstrings, generated files, private data."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LINES = 400
PARAMETERS = 7
FUNCTION_LINES = 50
CLOCKLESS = (
    "pipeline/call.py",
    "pipeline/channel.py",
    "pipeline/events",
    "pipeline/coach",
    "pipeline/audio/turn_taking.py",
)
CLOCKS = {"time", "asyncio", "threading", "sched"}


def files(*patterns: str) -> list[Path]:
    """Files that git tracks or would track: nothing installed or built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("no git here: the files of the repository cannot be listed")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long() -> None:
    written = {named(f): f.read_text(encoding="utf-8") for f in files("*.py", "*.ts", "*.vue", "scripts/*")}
    long = {
        name: lines
        for name, text in written.items()
        if (lines := len(text.splitlines())) > LINES and not text.startswith("// Generated from")
    }
    assert not long


def test_no_function_is_too_long_and_none_takes_too_much() -> None:
    faults = []
    for file in files("pipeline/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            where = f"{named(file)}:{node.lineno} {node.name}"
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > FUNCTION_LINES:
                faults.append(f"{where}: {node.end_lineno - node.lineno + 1} lines")
            taken = [a for a in (*node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
            is_command = any(isinstance(d, ast.Call) and "command" in ast.unparse(d.func) for d in node.decorator_list)
            is_command |= bool(taken) and all("typer." in ast.unparse(a.annotation or a) for a in taken)
            if len(taken) > PARAMETERS and not is_command:  # a command's parameters are its flags
                faults.append(f"{where}: {len(taken)} parameters")
    assert not faults


def test_packages_are_empty_and_modules_say_what_they_are() -> None:
    for file in files("pipeline/*.py"):
        text = file.read_text(encoding="utf-8")
        if named(file) == "pipeline/__init__.py":  # imported first in every process
            assert text.splitlines() == ["from pipeline import quiet as quiet  # before anything that might speak"]
        elif file.name == "__init__.py":
            assert text == "", f"{named(file)} must be empty"
        else:
            assert ast.get_docstring(ast.parse(text)), f"{named(file)} has no docstring"


def test_nothing_below_the_sources_reads_a_clock() -> None:
    for file in files(*(f"{part}/*.py" if "." not in part else part for part in CLOCKLESS)):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            used = {name.split(".")[0] for name in names} & CLOCKS
            assert not used, f"{named(file)} imports {used}"


WAITS = "tests/waiting.py"
ABOUT_TIME = {  # where real time is what a test is about: who may let it pass, and who may read a clock
    "tests/browser/running_call.py": {"let_pass", "monotonic"},  # a call whose sound is heard as fast as it is spoken
    "tests/live/doomed.py": {"let_pass", "monotonic"},  # a call in real time, to be killed at a random moment
    "tests/live/test_killed.py": {"let_pass"},
    "tests/live/test_headset.py": {"let_pass", "monotonic"},  # a process held up for a while; call time from host time
    "tests/store/test_refusal.py": {"perf_counter"},  # a lock that must not be waited for
    "tests/store/test_faults.py": {"perf_counter"},  # slices that must not wait for a database that is broken
    "tests/server/sharing.py": {"monotonic"},  # that a slice does not wait for a database which is not there
    "tests/server/test_two_servers.py": {"let_pass"},  # a server stopped, or without its database, for a while
    "tests/desk/test_cuts.py": {"let_pass", "monotonic"},  # for a minute, lines and servers gone for a random while
    "tests/browser/test_floor_page.py": {"wait_for_timeout"},  # that a clock of a wall which hears nothing stands still
    "tests/desk/busy.py": {"let_pass"},  # calls in real time, for that minute
    "tests/desk/page_agent.py": {"let_pass", "monotonic"},  # sound in real time
    "tests/desk/test_faults.py": {"let_pass"},  # that two copies of a desk do not take the line from each other
    "tests/desk/test_silence_in_time.py": {"let_pass", "monotonic"},  # how late a silence is told in real time
    "tests/server/test_endings.py": {"monotonic"},  # sockets that must be closed within two seconds
}
SLEEPS = {"sleep", "wait_for_timeout", "let_pass"}
TIMES = {"monotonic", "perf_counter", "monotonic_ns", "perf_counter_ns"}


def waits_for_nothing(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Calls that let time pass or read a clock; an Event that is waited for, though nobody in the file sets it."""
    events: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value] * len(names)
                events |= {
                    ast.unparse(name).split(".")[-1]: node.lineno
                    for name, value in zip(names, values, strict=False)
                    if re.fullmatch(r"(threading|asyncio)\.Event\(\)", ast.unparse(value))
                }
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.split(".")[-1] in SLEEPS | TIMES:
                yield node.lineno, called.split(".")[-1]
            if re.fullmatch(r"(threading\.|asyncio\.)?Event\(\)\.wait", called):
                yield node.lineno, called
    used = {
        ast.unparse(node.value).split(".")[-1]
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "set"
    }
    yield from ((line, f"{name} is never set") for name, line in events.items() if name not in used)


def test_how_long_pages_are_waited_for_is_said_once() -> None:
    """Whoever sets it for himself takes it from all tests that come later in the same process."""
    setting = [named(file) for file in files("tests/*.py") if "expect.set_options(" in file.read_text(encoding="utf-8")]
    assert setting == ["tests/conftest.py", "tests/test_repository.py"]


def test_no_test_waits_for_a_while_and_hopes() -> None:
    """What is told is awaited where it is told; all else by `tests/waiting.py`, which looks again and gives up late."""
    faults = []
    for file in files("tests/*.py"):
        if named(file) in (WAITS, "tests/test_repository.py"):
            continue
        for line, what in waits_for_nothing(ast.parse(file.read_text(encoding="utf-8"))):
            if what not in ABOUT_TIME.get(named(file), ()):
                faults.append(f"{named(file)}:{line}: {what}")
    assert not faults


@pytest.mark.parametrize("code", [
    "threading.Event().wait(0.1)", "time.sleep(1)", "page.wait_for_timeout(20)", "await asyncio.sleep(0)",
    "pause = threading.Event()\npause.wait(1)", "a, pause = 1, threading.Event()\npause.wait(1)",
    "while time.monotonic() < until: pass",
])  # fmt: skip
def test_a_wait_for_nothing_is_seen(code: str) -> None:
    whole = "async def test():\n" + "".join(f"    {line}\n" for line in code.splitlines())
    assert list(waits_for_nothing(ast.parse(whole)))


def test_a_wait_for_what_is_told_is_none() -> None:
    told = "done = threading.Event()\nthread = Thread(target=lambda: done.set())\ndone.wait(LIMIT_S)\n"
    assert not list(waits_for_nothing(ast.parse(told)))


@pytest.mark.parametrize(
    "module", ["generate_types", "generate_settings", "generate_conditions", "generate_desk_protocol"]
)
def test_what_is_generated_is_fresh(module: str) -> None:
    command = [sys.executable, "-m", f"scripts.{module}", "--check"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {_name(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    assert not {_name(line) for line in _dependencies()} - locked, "run `make lock`"
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > len(locked)


def test_the_package_imports_only_what_its_installation_brings() -> None:
    """Not what is there for tests or by way of an extra: that imports here and fails where only the wheel is."""
    written = _project()["project"]
    extras = written["optional-dependencies"]
    installed = {
        _name(line)
        for line in [*written["dependencies"], *extras["analysis"], *extras["loopback"], *extras["postgres"]]
    }
    assert _imported() - installed == {"pydantic-core", "starlette"}  # by pydantic and FastAPI, whose types they are


def _imported() -> set[str]:
    """Names of the distributions that the package imports from, anywhere in it."""
    modules: set[str] = set()
    for file in files("pipeline/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add((node.module or "pipeline").split(".")[0])
    of = packages_distributions()
    return {_name(of.get(module, [module])[0]) for module in modules - sys.stdlib_module_names - {"pipeline"}}


def _dependencies() -> list[str]:
    project = _project()
    extra = project["project"]["optional-dependencies"]["analysis"]
    return [*project["project"]["dependencies"], *extra, *project["dependency-groups"]["dev"]]


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _name(requirement: str) -> str:
    """The name alone, as the index normalises it."""
    return re.split(r"[<>=\[; ]", requirement)[0].lower().replace("_", "-")


def test_no_machine_of_ours_is_named() -> None:
    """No home folder of a developer and no access token."""
    looks_private = re.compile(r"/home/\w+/|/Users/\w+/|/[r]oot/|hf_[A-Za-z0-9]{20,}|ghp_[A-Za-z0-9]{20,}")
    for file in files("*.py", "*.toml", "*.md", "*.ts", "*.vue", "*.json", "*.lock", "*.yaml", "scripts/*", "Makefile"):
        found = looks_private.search(file.read_text(encoding="utf-8"))
        assert found is None, f"{named(file)}: {found and found.group()}"


def test_nothing_outside_the_repository_is_cited() -> None:
    """A reader of a comment must be able to look up what it cites."""
    cited = re.compile(
        "|".join(rf"\b{name}\b" for name in ("DESI" + "GN", "SCRE" + "ENS", "MEAS" + "URED", "TINY_" + "MODEL"))
    )
    for file in files("*.py", "*.toml", "*.md", "*.ts", "*.vue", "*.yaml", "scripts/*", "Makefile"):
        found = cited.search(file.read_text(encoding="utf-8"))
        assert found is None, f"{named(file)}: {found and found.group()}"


def test_what_makes_and_what_measures_do_not_lean_on_each_other() -> None:
    """Benchmarks use the makers of models and demo; neither these nor the package know of benchmarks or tests."""
    for file in files("pipeline/*.py", "models/*.py", "demo/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            leaning = {name.split(".")[0] for name in names} & {"benchmarks", "tests", "scripts"}
            assert not leaning, f"{named(file)} imports {leaning}"
