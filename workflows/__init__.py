"""Criminal procedures as data: what the law allows, and where a prosecution stands.

This package knows no database and no web page. It imports the standard library, `transitions`
and a YAML reader only, so that a procedure can be read, checked and replayed anywhere.
"""
