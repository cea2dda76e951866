"""Cards: points, score, band and pay of one employee or of the head."""
