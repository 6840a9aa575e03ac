"""The guards of the database, tried with raw SQL on each engine."""
