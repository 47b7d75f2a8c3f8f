"""Assets, headers, languages: asked over WSGI, as a browser would."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.config import Configurator
from pyramid.response import Response
from webob import Request
from webtest import TestApp

from courtwatch.web.assets import STATIC_DIRECTORY, AssetError, read_manifest
from courtwatch.web.i18n import local_path

MODULES = ("assets", "i18n", "headers", "jinja")


@pytest.fixture
def app():
    """The web modules with one page and one page that keeps itself."""
    config = Configurator(settings={})
    for module in MODULES:
        config.include(f"courtwatch.web.{module}")
    config.add_route("hello", "/hello")
    config.add_view(lambda request: Response(f"lang={request.locale_name}"), route_name="hello")
    config.add_route("long", "/long")
    config.add_view(lambda request: Response("ខ្មែរ " * 5000), route_name="long")
    config.add_route("kept", "/kept")
    config.add_view(lambda request: Response("x", cache_control="max-age=60"), route_name="kept")
    return TestApp(config.make_wsgi_app())


class TestHeaders:
    @pytest.mark.parametrize("path", ["/hello", "/nowhere", "/static/manifest.json"])
    def test_every_answer_carries_them(self, app, path):
        """Pages, errors and files alike."""
        headers = app.get(path, status="*").headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"

    def test_pages_are_kept_by_nobody(self, app):
        """A shared computer's cache shows no case; a view may decide otherwise for itself."""
        assert app.get("/hello").headers["Cache-Control"] == "no-store"
        assert app.get("/kept").headers["Cache-Control"] == "max-age=60"


class TestCompression:
    def test_a_long_page_travels_packed(self, app):
        """What arrives is the same text, for a fraction of the bytes."""
        plain = app.get("/long")
        packed = Request.blank("/long", headers={"Accept-Encoding": "gzip, br"}).get_response(
            app.app
        )
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.body) < len(plain.body) / 20
        assert int(packed.headers["Content-Length"]) == len(packed.body)
        assert gzip.decompress(packed.body) == plain.body
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert packed.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("accepted", [None, "br", "gzip;q=0", "identity"])
    def test_who_takes_no_gzip_gets_plain_text(self, app, accepted):
        """Command-line tools and old proxies read what they can."""
        headers = {} if accepted is None else {"Accept-Encoding": accepted}
        response = Request.blank("/long", headers=headers).get_response(app.app)
        assert "Content-Encoding" not in response.headers
        assert "ខ្មែរ" in response.text

    def test_short_answers_and_packed_files_stay_as_they_are(self, app):
        """Nothing is packed twice, nor for nothing."""
        short = Request.blank("/hello", headers={"Accept-Encoding": "gzip"}).get_response(app.app)
        assert "Content-Encoding" not in short.headers
        path = f"/static/{read_manifest()['courtwatch.css']}"
        request = Request.blank(path, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(request.get_response(app.app).body).startswith(b"\xef\xbb\xbf:root")


class TestAssets:
    def test_every_asset_is_served_for_a_year(self, app):
        """All names of the manifest answer, unchangeable."""
        for name in json.loads((STATIC_DIRECTORY / "manifest.json").read_text()).values():
            response = app.get(f"/static/{name}")
            assert "max-age=31536000" in response.headers["Cache-Control"]
            assert "immutable" in response.headers["Cache-Control"]

    def test_files_that_can_change_are_asked_for_again(self, app):
        """The manifest has no hash in its name, so no browser may rely on its copy."""
        response = app.get("/static/manifest.json")
        assert response.headers["Cache-Control"] == "no-cache"

    @pytest.mark.parametrize("coding", ["br", "gzip"])
    def test_styles_travel_compressed(self, app, coding):
        """A poor connection gets the precompressed twin."""
        name = read_manifest()["courtwatch.css"]
        request = Request.blank(f"/static/{name}", headers={"Accept-Encoding": coding})
        response = request.get_response(app.app)
        assert response.headers["Content-Encoding"] == coding
        assert len(response.body) < 20_000

    def test_first_load_is_small(self):
        """Style, script, icon and both Khmer fonts stay below 60 KB compressed."""
        total = 0
        for name in read_manifest().values():
            packed = STATIC_DIRECTORY / f"{name}.gz"
            total += (packed if packed.exists() else STATIC_DIRECTORY / name).stat().st_size
        assert total <= 60 * 1024

    def test_no_foreign_branding_and_nothing_fetched_from_elsewhere(self):
        """No crown, no GDS typeface, no address of another server in the style sheet."""
        css = (STATIC_DIRECTORY / read_manifest()["courtwatch.css"]).read_text("utf-8")
        assert "GDS Transport" not in css
        assert "crown" not in css.lower()
        assert "@import" not in css
        fetched = re.findall(r"url\(\"?([^)\"]*)", css)
        assert fetched == [
            read_manifest()["noto-sans-khmer-400.woff2"],
            read_manifest()["noto-sans-khmer-700.woff2"],
        ]
        assert "unicode-range:U+1780-17F9" in css

    def test_licences_travel_with_the_files(self):
        """The font's and the style sheet's licence are beside them."""
        text = (STATIC_DIRECTORY / "LICENSES.txt").read_text("utf-8")
        assert "SIL OPEN FONT LICENSE" in text.upper()
        assert "govuk-frontend" in text

    def test_a_half_built_front_end_is_named(self, tmp_path):
        """Missing manifest, no JSON, missing file: an error that names it and what to run."""
        manifest = tmp_path / "manifest.json"
        for content in (None, "{", '{"a.css": "a.1.css"}'):
            if content is not None:
                manifest.write_text(content)
            with pytest.raises(AssetError, match="npm"):
                read_manifest(manifest)

    def test_unknown_asset_says_which_there_are(self, request_in):
        """A typing error in a template is found in its test."""
        with pytest.raises(AssetError, match=r"courtwatch\.css"):
            request_in().asset("nothing.css")


class TestLanguage:
    @pytest.mark.parametrize(
        ("accept", "cookie", "expected"),
        [
            (None, None, "en"),
            ("km", None, "km"),
            ("km-KH,km;q=0.9,en;q=0.5", None, "km"),
            ("fr", None, "en"),
            ("km", "en", "en"),
            ("en", "km", "km"),
            ("en", "xx", "en"),
            ("%%%", None, "en"),
        ],
    )
    def test_cookie_then_browser_then_english(self, app, accept, cookie, expected):
        """What the person chose wins over what the browser says."""
        headers = {} if accept is None else {"Accept-Language": accept}
        if cookie:
            app.set_cookie("lang", cookie)
        assert app.get("/hello", headers=headers).text == f"lang={expected}"

    def test_switch_sets_a_cookie_and_comes_back(self, app):
        """One press changes the language and shows the same page."""
        response = app.get("/language/km?next=/hello?a=1", status=303)
        assert response.location == "http://localhost/hello?a=1"
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert response.follow().text == "lang=km"

    def test_unknown_language_is_not_found(self, app):
        """No cookie is set to what nobody can read."""
        assert "Set-Cookie" not in app.get("/language/xx", status=404).headers

    @pytest.mark.parametrize(
        "address",
        ["//evil.org", "https://evil.org", "/\\evil.org", "", None, "cases", "/\t/evil.org"],
    )
    def test_never_redirects_elsewhere(self, address):
        """An address that leaves the server becomes the start page."""
        assert local_path(address) == "/"

    @given(st.text("/\\:@?#.ab\t\n%", max_size=20))
    def test_what_is_let_through_is_a_path(self, text):
        """Whatever is sent, a browser stays on this server."""
        path = local_path(text)
        assert path.startswith("/")
        assert path[1:2] not in ("/", "\\")
        assert not set(path) & set("\t\r\n ")
