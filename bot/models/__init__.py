"""Everything that touches llama.cpp: the catalogue, the model files, the processes that run them."""
