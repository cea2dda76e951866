"""`python -m sheets_emulator --port 8765 --data DIR` serves a data folder until interrupted."""

import sys

from sheets_emulator import engines

if __name__ == "__main__":
    if missing := engines.missing():
        sys.exit(
            f"The emulator needs {', '.join(missing)}: install the extra, pip install 'tablo-kpi[emulator]'."
        )
    from sheets_emulator.serving.command import main

    sys.exit(main())
