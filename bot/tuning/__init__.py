"""Tuning the chat model: data from what people approved, training, export, proof, and what may serve."""
