"""Everything that knows what a spreadsheet is: layout, cells, reading, rendering, Google."""
