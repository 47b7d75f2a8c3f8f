"""The page around every page, and the error pages."""

from __future__ import annotations

import pytest

from courtwatch.web.page import Action, Banner, NavItem, User


class TestLayout:
    def test_says_its_language_and_offers_the_other_one(self, page):
        """The html element carries the language; the switch comes back to the same page."""
        html = page("errors/404.jinja2", lang="km")
        assert html.html["lang"] == "km"
        link = html.select_one(".cw-languages a")
        assert link["hreflang"] == "en"
        assert link["href"] == "/language/en?next=%2Fcases%3Fcourt%3D1"

    def test_skip_link_reaches_the_content(self, page):
        """The first link goes to an element that can take the focus."""
        html = page("errors/404.jinja2")
        assert html.body.find("a")["href"] == "#main-content"
        assert html.find(id="main-content")["tabindex"] == "-1"

    def test_shows_only_the_navigation_it_is_given(self, page):
        """Navigation is by permission: the layout knows no entry of its own."""
        assert page("errors/404.jinja2").select(".cw-nav") == []
        html = page(
            "errors/404.jinja2", nav=[NavItem("Cases", "/cases", True), NavItem("<b>", "/b")]
        )
        links = html.select(".cw-nav__link")
        assert [link.text for link in links] == ["Cases", "<b>"]
        assert links[0]["aria-current"] == "page"
        assert not links[1].has_attr("aria-current")

    @pytest.mark.parametrize("invented", [True, False])
    @pytest.mark.parametrize("exposed", [True, False])
    def test_banners_say_what_is_true_and_no_more(self, page, invented, exposed):
        """Each banner shows exactly when it holds, on screen and (invented) on paper."""
        html = page("errors/404.jinja2", banner=Banner(invented, exposed))
        assert (html.select_one(".cw-banner--invented") is not None) is invented
        assert (html.select_one(".cw-banner--danger") is not None) is exposed
        assert ("Invented data" in html.select_one(".cw-print-header").text) is invented

    def test_sign_out_is_a_post_with_a_token(self, page):
        """A link that signs out could be planted by anyone; a form with a token can't."""
        html = page(
            "errors/404.jinja2",
            header_user=User("Sok", "LSCW", "/account", "/sign-out"),
            get_csrf_token=lambda: "token-1",
        )
        form = html.select_one(".cw-header form")
        assert form["method"] == "post"
        assert form.find("input", attrs={"name": "csrf_token"})["value"] == "token-1"

    def test_nothing_inline_that_the_content_policy_forbids(self, page):
        """No style attribute, no handler, no inline script or style element."""
        html = page("errors/500.jinja2", banner=Banner(True, True))
        assert html.find_all("style") == []
        assert all(script.get("src") for script in html.find_all("script"))
        for element in html.find_all(True):
            assert not [name for name in element.attrs if name == "style" or name[:2] == "on"]


class TestErrorPages:
    @pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
    @pytest.mark.parametrize("lang", ["en", "km"])
    def test_says_what_happened_and_what_to_do(self, page, status, lang):
        """Each has one heading, two sentences or more, and a way on."""
        html = page(f"errors/{status}.jinja2", lang=lang)
        assert len(html.find_all("h1")) == 1
        assert html.h1.text in html.title.text
        assert len(html.main.find_all("p")) >= 3
        assert html.main.find("a")["href"] == "/"

    def test_a_view_can_be_more_exact(self, page):
        """Own words, the list of problems and next steps replace the general ones, escaped."""
        html = page(
            "errors/409.jinja2",
            title="Already closed",
            explanation="<i>no</i>",
            problems=["one", "two"],
            next_steps=[Action("Open it", "/cases/X")],
        )
        assert html.h1.text == "Already closed"
        assert html.find("i") is None
        assert [item.text for item in html.main.select(".govuk-list--bullet li")] == ["one", "two"]
        assert html.main.find("a")["href"] == "/cases/X"
