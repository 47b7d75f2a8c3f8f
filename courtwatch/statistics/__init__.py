"""Statistics of Courtwatch: pure functions on numpy arrays. No database, no request.

numpy and scipy.special only, so that a web worker starts quickly. Every public function cites
its source and is tested against R's answer (`tests/unit/statistics`).
"""
