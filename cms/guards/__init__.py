"""The rules that the database itself refuses to break: triggers on PostgreSQL and SQLite alike.

`rules.py` says what is refused, `sqlite.py` and `postgresql.py` write it down for each engine, `install.py` puts it
there after every migration and tells what is missing.
"""
