"""Signing in and out, as a person and as somebody who guesses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from courtwatch.models import SignInAttempt, User, UserSession
from courtwatch.security.keys import sign
from tests.functional.site import PASSWORD, Site, csrf_token, sign_in


def _try(browser, name, password, **expect):
    form = browser.get("/sign-in").forms[0]
    form["name"], form["password"] = name, password
    return form.submit(**expect)


class TestSigningIn:
    def test_leads_to_the_page_that_was_asked_for(self, browser):
        """Whoever is not signed in is sent to the form and back."""
        to_form = browser.get("/coverage?court=KH-02-CFI", status=303)
        form = to_form.follow().forms[0]
        form["name"], form["password"] = "mony", PASSWORD
        assert form.submit(status=303).location.endswith("/coverage?court=KH-02-CFI")

    def test_never_redirects_to_another_site(self, browser):
        """An address of another host in `next` leads home."""
        form = browser.get("/sign-in?next=//evil.example/").forms[0]
        form["name"], form["password"] = "mony", PASSWORD
        assert form.submit(status=303).location == "http://localhost/"

    def test_name_ignores_capitals_and_blanks(self, browser):
        """A phone's keyboard writes a capital first."""
        sign_in(browser, " Mony ")
        assert "Lotus Legal Aid" in browser.get("/").text

    @pytest.mark.parametrize(("name", "password"), [("mony", "wrong"), ("nobody", PASSWORD)])
    def test_says_the_same_for_wrong_name_and_wrong_password(self, browser, name, password):
        """Nobody learns which names exist."""
        page = _try(browser, name, password, status=400)
        assert "The sign-in name or the password is wrong" in page
        assert page.forms[0]["name"].value == name, "what was typed is kept"
        assert page.forms[0]["password"].value == ""

    def test_asks_for_what_is_missing(self, browser):
        """Each empty field has its message, in the summary and at the field."""
        page = _try(browser, "", "", status=400)
        assert page.text.count("Enter your sign-in name") == 2
        assert page.text.count("Enter your password") == 2

    def test_brings_the_accounts_language_until_the_browser_chose_one(self, site):
        """A Khmer account reads Khmer at once; a choice made in this browser stands."""
        with site.writing() as session:
            session.execute(update(User).where(User.name == "mony").values(language="km"))
        assert site.sign_in("mony").get("/").html.html["lang"] == "km"
        browser = site.browser()
        browser.get("/language/en?next=/sign-in")
        assert sign_in(browser, "mony").get("/").html.html["lang"] == "en"

    def test_refuses_somebody_who_was_shut_out(self, site):
        """An inactive user cannot sign in, and an open session ends at once."""
        browser = site.sign_in("mony")
        with site.writing() as session:
            session.execute(update(User).where(User.name == "mony").values(active=False))
        assert browser.get("/", status=303).location.startswith("http://localhost/sign-in")
        _try(site.browser(), "mony", PASSWORD, status=400)


class TestGuessing:
    def test_is_stopped_after_some_attempts_even_with_the_right_password(self, make_site):
        """After three wrong passwords the right one is refused too, for a while."""
        site = make_site(sign_in_attempts="3")
        for _attempt in range(3):
            _try(site.browser(), "mony", "wrong password", status=400)
        page = _try(site.browser(), "mony", PASSWORD, status=429)
        assert "Too many wrong passwords" in page
        assert _try(site.browser(), "rith", PASSWORD, status=303), "other names are not slowed"

    def test_counts_unknown_names_alike(self, make_site):
        """A name that does not exist is slowed down in the same words."""
        site = make_site(sign_in_attempts="3")
        for _attempt in range(3):
            _try(site.browser(), "nobody", "wrong password", status=400)
        _try(site.browser(), "nobody", "wrong password", status=429)

    def test_is_forgotten_after_success_and_after_a_while(self, site):
        """A success clears the count; old attempts are deleted."""
        _try(site.browser(), "mony", "wrong password", status=400)
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        with site.writing() as session:
            session.add(SignInAttempt(name_sha256="0" * 64, at=long_ago))
        site.sign_in("mony")
        with site.reading() as session:
            assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


class TestSession:
    def test_keeps_no_token_in_the_database(self, site):
        """What the cookie holds is not what the table holds."""
        browser = site.sign_in("mony")
        token = browser.cookies["session"].split(".")[0].strip('"')
        with site.reading() as session:
            kept = session.scalars(select(UserSession.token_sha256)).all()
        assert len(kept) == 1
        assert token not in kept

    def test_cookie_is_out_of_reach_of_scripts_and_other_sites(self, browser):
        """HttpOnly and SameSite always; Secure where the setting says https."""
        response = _try(browser, "mony", PASSWORD, status=303)
        cookie = next(c for c in response.headers.getall("Set-Cookie") if c.startswith("session="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "secure" not in cookie.lower()

    def test_cookies_are_secure_by_setting(self, make_site):
        """With secure_cookies every cookie of ours travels over https only."""
        browser = make_site(secure_cookies="true").browser()
        response = browser.get("/sign-in", extra_environ={"wsgi.url_scheme": "https"})
        cookies = response.headers.getall("Set-Cookie")
        assert cookies
        assert all("secure" in cookie.lower() for cookie in cookies)

    def test_ends_on_the_server_when_signing_out(self, site):
        """A copy of the cookie is worth nothing after signing out."""
        browser = site.sign_in("mony")
        copy = browser.cookies["session"]
        browser.get("/").forms[0].submit(status=303)
        thief = site.browser()
        thief.set_cookie("session", copy.strip('"'))
        thief.get("/", status=303)

    def test_ends_after_its_hours(self, site):
        """A session past its end signs nobody in."""
        browser = site.sign_in("mony")
        with site.writing() as session:
            session.execute(
                update(UserSession).values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
            )
        browser.get("/", status=303)

    def test_ends_when_idle(self, site):
        """A signed stamp older than the idle time is refused, and cannot be forged."""
        browser = site.sign_in("mony")
        token = browser.cookies["session"].strip('"').split(".")[0]
        secret = site.app.registry["courtwatch.cookie_secret"]
        stale = str(int((datetime.now(UTC) - timedelta(hours=3)).timestamp()))
        fresh = str(int(datetime.now(UTC).timestamp()))
        signature = sign(secret, "session", f"{token}.{stale}")
        for stamp in (stale, fresh):
            other = site.browser()
            other.set_cookie("session", f"{token}.{stamp}.{signature}")
            other.get("/", status=303)

    def test_signing_in_again_ends_the_former_session(self, site):
        """One browser holds one session; the token changes with every sign-in."""
        browser = site.sign_in("mony")
        former = browser.cookies["session"]
        page = browser.get("/sign-in", status=303)
        assert page.location == "http://localhost/"
        token = csrf_token(browser)
        browser.post(
            "/sign-in", {"csrf_token": token, "name": "mony", "password": PASSWORD}, status=303
        )
        assert browser.cookies["session"] != former
        with site.reading() as session:
            assert session.scalar(select(func.count()).select_from(UserSession)) == 1

    @pytest.mark.parametrize("cookie", ["x", "a.b.c", "a.1.b", "..", "a." + "9" * 30 + ".b"])
    def test_nonsense_in_the_cookie_is_nobody(self, browser, cookie):
        """A mangled cookie is like none."""
        browser.set_cookie("session", cookie)
        browser.get("/", status=303)


class TestTokens:
    def test_a_post_without_token_is_refused_in_words(self, site):
        """The page says that the form has expired, not that the server broke."""
        browser = site.sign_in("mony")
        page = browser.post("/sign-out", {}, status=400)
        assert "This form has expired" in page

    def test_another_sessions_token_is_refused(self, site):
        """A token is bound to its session."""
        mine, theirs = site.sign_in("mony"), site.sign_in("rith")
        mine.post("/sign-out", {"csrf_token": csrf_token(theirs)}, status=400)

    def test_before_signing_in_cookie_and_field_must_agree(self, browser):
        """The double-submit token of the form cannot be made up by another site."""
        browser.get("/sign-in")
        data = {"name": "mony", "password": PASSWORD, "csrf_token": "0" * 64}
        browser.post("/sign-in", data, status=400)
        browser.reset()
        browser.post("/sign-in", {**data, "csrf_token": ""}, status=400)

    def test_a_form_sent_by_another_site_is_refused(self, site):
        """The browser's own word that another site sent the form is heeded."""
        browser = site.sign_in("mony")
        token = csrf_token(browser)
        browser.post(
            "/sign-out", {"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}, status=400
        )


class TestDoors:
    def test_every_page_needs_signing_in_but_the_doors(self, site):
        """Only sign-in, the language switch and static files answer a stranger."""
        browser = site.browser()
        for path in ("/", "/cases", "/cases.csv", "/coverage", "/cases/C-XXXXXXXX"):
            assert "/sign-in" in browser.get(path, status=303).location
        browser.get("/sign-in", status=200)
        assert browser.get("/language/km?next=/sign-in").location.endswith("/sign-in")

    def test_other_machines_are_refused_without_the_setting(self, make_site: Callable[..., Site]):
        """Neither another address nor another host name is served, unless the setting says so."""
        site = make_site()
        browser = site.browser()
        browser.get("/sign-in", extra_environ={"REMOTE_ADDR": "192.0.2.7"}, status=403)
        browser.get("/sign-in", headers={"Host": "rebound.example"}, status=403)

    def test_serving_beyond_this_machine_says_so_on_every_page(self, make_site):
        """The explicit setting opens the door and puts up the banner."""
        browser = make_site(serve_beyond_loopback="true").browser()
        page = browser.get("/sign-in", extra_environ={"REMOTE_ADDR": "192.0.2.7"})
        assert "Not secured" in page

    def test_a_page_that_does_not_exist_says_so(self, site):
        """404 has a page with the menu of whoever is signed in."""
        page = site.sign_in("mony").get("/nowhere", status=404)
        assert "Page not found" in page
        assert "Sign out" in page
