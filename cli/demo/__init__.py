"""`kpi demo`: the whole product on this machine, told as a story of two months."""
