"""A report on paper: PDF, with Khmer that wraps between words.

Imports WeasyPrint only when a PDF is made: it takes a second, and the worker never needs it.
"""
