"""Charts: what a description and the cells come to, drawn as marks that become SVG on a page and drawings in a PDF."""
