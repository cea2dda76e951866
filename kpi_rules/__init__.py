"""What a number means: measures, scores, pay and causes, without I/O and without a clock."""
