"""Importers: a file becomes plain values (page, medquad), and one function writes them (write)."""
