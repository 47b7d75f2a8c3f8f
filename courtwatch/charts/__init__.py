"""Reports drawn as SVG on the server: printable, without colour alone, without a script.

One module a chart, each with one function of the same name (``from courtwatch.charts.bars import
bars``): values of ``courtwatch.charts.data`` in, ``Markup`` out. A chart repeats a table that its
page prints; it imports neither models nor reports.
"""
