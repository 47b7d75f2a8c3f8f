"""Alembic migrations. They never import the models: a table is as it was at that revision."""
