"""The wheel, installed beside a tool that has rooms of the same names: neither touches the other."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
OTHERS = ("cli", "flows", "ledger", "operations", "templates")
"""Names that an older tool has in the shared site-packages."""
OTHER_TOOL = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "other-tool"
version = "1"
[tool.hatch.build.targets.wheel]
packages = {packages}
"""


def wheel_of(project, folder):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder with our wheel and that of the other tool."""
    folder, tool = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("other-tool")
    (tool / "pyproject.toml").write_text(OTHER_TOOL.format(packages=list(OTHERS)), encoding="utf-8")
    for name in OTHERS:
        (tool / name).mkdir()
        (tool / name / "__init__.py").write_text("raise ImportError('of the other tool')\n", encoding="utf-8")
    wheel_of(tool, folder)
    return wheel_of(ROOT, folder)


class Installed:
    """A virtual environment that sees this one's packages, but no checkout; commands run in a folder of its own."""

    def __init__(self, home):
        self.folder = home / "elsewhere"
        self.folder.mkdir(parents=True)
        venv.create(home / "venv", symlinks=True)
        self.bin = home / "venv" / "bin"
        [self.packages] = (home / "venv" / "lib").glob("python*/site-packages")
        (self.packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KPI_", "PYTHON"))}
        self.environment = {**kept, "KPI_HOME": str(self.folder / "home"), "COLUMNS": "100"}

    def pip(self, *arguments):
        command = [sys.executable, "-m", "pip", "--python", self.bin / "python", *arguments, "--quiet"]
        subprocess.run(command, check=True, capture_output=True, env=self.environment)

    def run(self, *command):
        done = subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory, wheels):
    found = Installed(tmp_path_factory.mktemp("installed"))
    found.pip("install", "--no-index", "--no-deps", "--ignore-installed", *wheels.glob("tablo_kpi-*.whl"))
    return found


def works(installed):
    """What is told by the installed command, all of its rooms asked: data files, rules, ledger with migrations."""
    for leftover in ("book.xlsx", "home"):
        found = installed.folder / leftover
        shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)
    assert installed.run("kpi", "--version") == (0, f"kpi {VERSION}\n", "")
    assert installed.run("python", "-m", "tablo_kpi", "--version") == (0, f"kpi {VERSION}\n", "")
    assert installed.run("kpi", "template", "export", "b2b", "book.xlsx")[0] == 0
    code, out, err = installed.run("kpi", "score", "book.xlsx", "--month", "2026-10")
    assert (code, "Воронка" in out, err) == (0, True, "")
    code, out, err = installed.run("kpi", "client", "list")
    assert (code, "Клиентов пока нет" in out, err) == (0, True, "")
    assert (installed.folder / "home" / "ledger.sqlite").exists()


def test_our_rooms_stand_where_nobody_elses_files_come(installed):
    works(installed)
    assert not [name for name in OTHERS if (installed.packages / name).exists()]


def test_another_tool_with_rooms_of_the_same_names_comes_and_goes(installed, wheels):
    installed.pip("install", "--no-index", *wheels.glob("other_tool-*.whl"))
    assert "of the other tool" in installed.run("python", "-c", "import templates")[2]
    works(installed)
    installed.pip("uninstall", "--yes", "other-tool")
    works(installed)


def test_programs_that_import_a_room_by_name_and_children_find_it(installed):
    """Prefect's workers are told the folder; a child of the command inherits it; `-m` needs no more than that."""
    rooms = installed.run("python", "-m", "tablo_kpi.rooms")[1].strip()
    assert Path(rooms).parent.name == "tablo_kpi"
    asked = "import flows.steps, sheets_emulator, sys; print(flows.steps.__file__)"
    told = installed.run("python", "-c", f"import sys; sys.path.insert(0, {rooms!r}); {asked}")
    assert (told[0], told[1].startswith(rooms)) == (0, True)
    child = (
        "from tablo_kpi.rooms import find_rooms_first as find; find(); find(); import subprocess, sys;"
        "subprocess.run([sys.executable, '-P', '-m', 'flows.local', '--help'], check=True)"
    )
    code, out, _ = installed.run("python", "-c", child)
    assert (code, "usage: " in out) == (0, True)
    assert installed.run("python", "-m", "sheets_emulator", "--help")[0] == 0


def test_a_checkout_has_no_folder_of_rooms_and_its_path_stays_as_it_is():
    from tablo_kpi.rooms import ROOMS, find_rooms_first  # noqa: PLC0415

    before = list(sys.path), os.environ.get("PYTHONPATH")
    find_rooms_first()
    assert not ROOMS.exists()
    assert (list(sys.path), os.environ.get("PYTHONPATH")) == before
