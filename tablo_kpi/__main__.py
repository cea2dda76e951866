"""`python -m tablo_kpi`: the `kpi` command."""

from tablo_kpi.command import main

main()
