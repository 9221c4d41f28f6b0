"""Charts of trained networks: one file per question asked of them."""
