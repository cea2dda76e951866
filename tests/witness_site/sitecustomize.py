"""For the Python processes that tests start: watches their emulators as soon as they load its parts."""

import importlib.util
import os
import sys


class _Finder:
    """Lets `sheets_emulator.serving.faults` be found as usual, and lets the witness in once it is loaded."""

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002  # importlib's interface
        if name != "sheets_emulator.serving.faults":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def load_and_watch(module):
            load(module)
            place = os.environ["SHEETS_WITNESS_CODE"]
            about = importlib.util.spec_from_file_location("sheets_witness", place)
            witness = importlib.util.module_from_spec(about)
            about.loader.exec_module(witness)
            witness.watch(module)

        spec.loader.exec_module = load_and_watch
        return spec


if "SHEETS_WITNESS_CODE" in os.environ:
    sys.meta_path.insert(0, _Finder())
