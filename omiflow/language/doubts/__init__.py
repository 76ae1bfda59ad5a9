"""What is allowed in rules and hardly meant: everything that `check` warns of."""
