"""How long `kpi sync` takes to import what it needs, against another checkout, as a ratio within one run.

    python bench/bench_startup.py --against ../other-checkout

In each checkout a client is deployed, its month opened and synced on an emulator in a process of its own; what the
sync has loaded by then (but for the emulator's own modules) is what it needs. Children import that by turns, one
checkout after the other, after what its console script does before it imports anything; their processors' time is
compared. Without `--against` the imports are held against those of pandas alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parents[1]
ADD = (
    "client",
    "add",
    "Алатау",
    "--slug",
    "alatau",
    "--head",
    "h@a.kz",
    "--owner",
    "o@a.kz",
    "--accountant",
    "b@a.kz",
)
KPI = "from cli.app import main; main()"
SYNC_AND_LIST = """
import json, sys
from cli.app import main
main()
loaded = [name for name, module in sys.modules.items() if getattr(module, "__file__", None)]
print(json.dumps([name for name in loaded if name != "__main__" and not name.startswith("sheets_emulator")]))
"""
TIMED = """
import importlib, json, sys, time
names = json.loads(sys.argv[1])
begun = time.process_time()
for name in names:
    importlib.import_module(name)
print(time.process_time() - begun)
"""
SETTLE_IN = "from tablo_kpi.command import settle_in; settle_in()"
NOT_KEPT = ("PYTHONDONTWRITEBYTECODE", "OPENBLAS_NUM_THREADS")
TURNS = 15


def environment(checkout, home):
    """Ours, but for what would alter a start on one side or both: modules are compiled once, threads as if unset."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KPI_", *NOT_KEPT))}
    return {**kept, "PYTHONPATH": str(checkout), "KPI_HOME": str(home)}


def child(checkout, home, program, *arguments):
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(  # noqa: S603  # our own program
        command, cwd=home, env=environment(checkout, home), capture_output=True, text=True, check=True
    )
    return done.stdout.strip().splitlines()[-1]


@contextmanager
def served(checkout, home):
    """An emulator of this home, in a process of its own."""
    command = [sys.executable, "-c", KPI, "emulator", "--port", "0"]
    with subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=home, env=environment(checkout, home), stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        yield
        process.terminate()


def needed(checkout):
    """The modules of a sync, in the order in which they were loaded."""
    with tempfile.TemporaryDirectory() as home, served(checkout, home):
        month = f"{date.today():%Y-%m}"  # noqa: DTZ011  # the month that runs here
        for command in (ADD, ("month", "open", "alatau", month)):
            child(checkout, home, KPI, *command)
        return json.loads(child(checkout, home, SYNC_AND_LIST, "sync", "alatau"))


def seconds_of(checkout, modules):
    settles = (checkout / "tablo_kpi").is_dir()  # else the one of an installed checkout would be found
    with tempfile.TemporaryDirectory() as home:
        return float(child(checkout, home, (SETTLE_IN if settles else "") + TIMED, json.dumps(modules)))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--against", type=Path, help="another checkout")
    against = arguments.parse_args().against
    other = (against.resolve(), needed(against.resolve())) if against else (HERE, ["pandas"])
    here = (HERE, needed(HERE))
    turns = [(seconds_of(*here), seconds_of(*other)) for _ in range(TURNS + 1)][1:]  # the first one compiles
    ours, theirs = (median(side) for side in zip(*turns, strict=True))
    name = f"those of {against.name} ({len(other[1])} modules)" if against else "that of pandas"
    print(f"imports of a sync ({len(here[1])} modules) : {name} = {ours / theirs:.2f}")
    print(f"  seconds of the processor: {ours:.3f} and {theirs:.3f}")


if __name__ == "__main__":
    main()
