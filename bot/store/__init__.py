"""The one SQLite file, in verbs. `database` opens it; one module a part of the state."""
