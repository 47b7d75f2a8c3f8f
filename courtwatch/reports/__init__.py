"""Reports: facts -> statistics -> a `Report`, the same in HTML, text, CSV and JSON.

A report reads facts only, never the index and never events. It names its jurisdiction, counting
unit, definition, scope, coverage, unknown share and the revision it was made at; each figure
carries the filters that list the prosecutions behind it.
"""
