"""The demonstration: an invented country with its courts, organisations and prosecutions.

Everything lies in the jurisdiction XD, whose mark `invented` makes every page, chart and export
say so. Events are found by walking the procedure's own table; stages, outcomes and facts are
derived from them like those of any other record.
"""
