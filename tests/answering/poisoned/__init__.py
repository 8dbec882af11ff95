"""Documents that attack their readers, a model that obeys them, and a witness of what is posted."""
