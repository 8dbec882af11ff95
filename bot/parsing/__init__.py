"""Bytes of a document to its sections. `Parser` is the way in; the formats run in its child process."""
