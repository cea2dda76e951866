"""How a tab shows what it holds, as a record: what is asked of Google, and how two looks differ."""
