"""House rules that hold for every template, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import courtwatch
from tests.unit.web.conftest import configured

TEMPLATES = Path(courtwatch.__file__).parent / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.jinja2"))
OWN_NAME = "Courtwatch"


def source(name: str) -> str:
    """A template's source without its comments."""
    text = (TEMPLATES / name).read_text("utf-8")
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


def bare_words(text: str) -> list[str]:
    """Words that a reader would see without gettext, and attributes that are read out."""
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    spoken = re.findall(r"\b(?:aria-label|title|alt|placeholder)=\"([^\"]*)\"", text)
    seen = re.sub(r"<[^>]*>", " ", text)
    # A macro may write attributes on their own, for a tag that another one opens.
    seen = re.sub(r"&\w+;|[\w-]+=\"[^\"]*\"", " ", seen)
    return [
        word for word in re.findall(r"[^\W\d_]{2,}", " ".join([seen, *spoken])) if word != OWN_NAME
    ]


@pytest.mark.parametrize("name", NAMES)
class TestEveryTemplate:
    def test_can_be_compiled(self, config, name):
        """A syntax error is found here and not by a reader."""
        assert config.get_jinja2_environment().get_template(name) is not None

    def test_writes_nothing_that_the_content_policy_forbids(self, name):
        """No style attribute, no event handler, no script or style element of its own."""
        text = source(name)
        assert not re.search(r"\sstyle\s*=|<style\b|\son\w+\s*=\s*[\"']|javascript:", text)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)

    def test_never_switches_escaping_off(self, name):
        """Values are text. Charts come as Markup and need no filter."""
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", source(name))

    def test_every_word_goes_through_gettext(self, name):
        """What a reader sees or hears can be translated."""
        assert bare_words(source(name)) == []

    def test_fills_placeholders_the_way_templates_do(self, name):
        """``_('%(n)s days', n=3)``: the ``${n}`` of Python's messages is printed as it stands."""
        assert "${" not in source(name)

    def test_translates_only_its_own_words(self, name):
        """``_()`` takes a literal, because its text is not escaped; values go through ``|tr``."""
        assert re.findall(r"[^\w]_\((?!\s*['\"])[^)]*\)", source(name)) == []

    def test_every_form_that_posts_carries_the_token(self, name):
        """CSRF protection from the first form."""
        for form in re.findall(r"<form\b.*?</form>", source(name), flags=re.DOTALL):
            if re.search(r"method=\"post\"", form, re.IGNORECASE):
                assert "csrf_token" in form or "hidden_fields" in form


def test_bare_words_are_found():
    """The check above can fail."""
    assert bare_words("<p>{{ _('Case') }}: Hello</p>") == ["Hello"]
    assert bare_words('<a title="Close">{% trans %}Case{% endtrans %}</a>') == ["Close"]
    assert bare_words("<p>Courtwatch {% if a == 'b' %}–{% endif %}</p>") == []


def test_a_second_application_does_not_compile_again(monkeypatch):
    """The compiled templates of a process serve each application that it makes."""
    with configured() as first:
        first.get_jinja2_environment().get_template("layout.jinja2")
    with configured() as second:
        environment = second.get_jinja2_environment()
        monkeypatch.setattr(environment, "compile", None)  # calling it would raise
        assert environment.get_template("layout.jinja2").name == "layout.jinja2"
