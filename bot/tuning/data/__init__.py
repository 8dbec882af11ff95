"""What a model is tuned on: gathered, cleaned, checked, split by document and frozen."""
