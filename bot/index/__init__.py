"""Finding passages: chunks, full text by morphemes, vectors, both together. LlamaIndex lives here only."""
