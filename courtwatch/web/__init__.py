"""What every page needs: hashed assets, languages, headers, the template environment.

Each module is a Pyramid include of its own (``config.include("courtwatch.web.jinja")``), so that
the application lists them in the order it wants. None of them knows a model or a service.
"""
