"""What goes wrong on demand: catalogue.py says what there is, faults.py arms, spends and lifts it."""
