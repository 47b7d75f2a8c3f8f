"""A small Pyramid application made of the web modules alone, and a way to render templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bs4 import BeautifulSoup
from pyramid import testing
from pyramid.config import Configurator
from pyramid.renderers import render
from pyramid.request import Request, apply_request_extensions

MODULES = ("assets", "i18n", "headers", "jinja")


@contextmanager
def configured() -> Iterator[Configurator]:
    """A configurator with every module of courtwatch.web included."""
    with testing.testConfig(settings={}) as configurator:
        for module in MODULES:
            configurator.include(f"courtwatch.web.{module}")
        configurator.commit()
        yield configurator


@pytest.fixture
def config() -> Iterator[Configurator]:
    """The same, for a test."""
    with configured() as configurator:
        yield configurator


@pytest.fixture
def request_in(config: Configurator) -> Callable[..., Request]:
    """Make a request in a language and put it on Pyramid's thread-local stack."""

    def make(lang: str = "en", path: str = "/cases?court=1") -> Request:
        request = Request.blank(path)
        request.cookies["lang"] = lang
        request.registry = config.registry
        apply_request_extensions(request)
        config.begin(request)
        return request

    return make


@pytest.fixture
def show(config: Configurator, request_in: Callable[..., Request]) -> Callable[..., BeautifulSoup]:
    """Render template source below a page and give it parsed; closes over nothing."""

    def render_source(source: str, lang: str = "en", **values: Any) -> BeautifulSoup:
        request_in(lang)
        environment = config.get_jinja2_environment()
        imports = (
            "{% import 'components/forms.jinja2' as forms %}"
            "{% import 'components/page.jinja2' as page %}"
        )
        return BeautifulSoup(
            environment.from_string(imports + source).render(values), "html.parser"
        )

    return render_source


@pytest.fixture
def page(request_in: Callable[..., Request]) -> Callable[..., BeautifulSoup]:
    """Render a whole template through Pyramid, as a view would."""

    def render_page(template: str, lang: str = "en", **values: Any) -> BeautifulSoup:
        request = request_in(lang)
        for name in ("nav", "banner", "header_user", "as_of"):
            if name in values:
                setattr(request, name, values.pop(name))
        return BeautifulSoup(
            render(f"courtwatch:templates/{template}", values, request=request), "html.parser"
        )

    return render_page
