"""The marker for words that people read: services raise them, pages translate them."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("courtwatch")
