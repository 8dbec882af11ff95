"""A question to a checked answer with its sources: search, evidence, prompt, stream, check, cite."""
