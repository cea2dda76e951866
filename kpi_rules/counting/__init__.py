"""What the facts of a month come to: whole numbers by employee and for the team, and what leaves them unknown."""
