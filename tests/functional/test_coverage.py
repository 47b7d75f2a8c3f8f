"""Who watches which court."""

from __future__ import annotations

from courtwatch.models import Coverage, Institution
from tests.functional.scene import key


def _add(browser, **values):
    form = next(
        f for f in browser.get("/coverage?jurisdiction=KH").forms.values() if "court" in f.fields
    )
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


def _court(site, code):
    with site.reading() as session:
        return str(key(session, Institution, code))


class TestCoverage:
    def test_a_coordinator_adds_a_court_and_it_is_watched_from_then_on(self, site):
        """The entry stands in the table, and the court leaves the list of unwatched ones."""
        browser = site.sign_in("chan")
        before = browser.get("/coverage?jurisdiction=KH")
        name = "Battambang Provincial Court"
        assert name in before.html.select_one("#unwatched ~ ul").text
        answer = _add(browser, court=_court(site, "KH-02-CFI"), contact="office 012")
        page = answer.follow()
        assert "The entry was added" in page
        assert name in page.html.select_one("table").text
        assert "office 012" in page
        assert name not in page.html.select_one("#unwatched ~ ul").text

    def test_an_entry_that_has_ended_or_not_begun_watches_nothing(self, site):
        """Only today's entries count; an ended one stays readable."""
        browser = site.sign_in("chan")
        later = {"next_from-day": "1", "next_from-month": "1", "next_from-year": "2099"}
        _add(browser, court=_court(site, "KH-02-CFI"), **later)
        page = _add(browser, court=_court(site, "KH-08-CFI")).follow()
        unwatched = page.html.select_one("#unwatched ~ ul").text
        assert "Battambang" in unwatched
        assert "Kandal" not in unwatched
        ending = next(f for f in page.forms.values() if "end" in f.fields)
        page = ending.submit("end").follow()
        assert "Kandal" in page.html.select_one("#unwatched ~ ul").text
        assert "Kandal" in page.html.select_one("table").text

    def test_says_what_is_wrong_and_keeps_what_was_entered(self, site):
        """No court, and a last day before the first."""
        browser = site.sign_in("chan")
        days = {
            "next_from-day": "2", "next_from-month": "2", "next_from-year": "2026",
            "next_until-day": "1", "next_until-month": "2", "next_until-year": "2026",
        }  # fmt: skip
        page = _add(browser, court=_court(site, "KH-02-CFI"), contact="kept", **days)
        assert page.status_int == 400
        assert page.text.count("The last day can’t be before the first day") == 2
        assert 'value="kept"' in page
        assert "Choose the court" in _add(browser)
        with site.reading() as session:
            assert session.query(Coverage).count() == 0

    def test_only_coordinators_add_and_only_their_own_ends(self, site):
        """A monitor has no form and is refused; another organisation's entry cannot be ended."""
        coordinator, other = site.sign_in("chan"), site.sign_in("rada")
        _add(coordinator, court=_court(site, "KH-02-CFI"))
        with site.reading() as session:
            entry = session.query(Coverage).one().id
        monitor = site.sign_in("mony")
        page = monitor.get("/coverage")
        assert "Add a court" not in page
        token = page.forms[0]["csrf_token"].value
        monitor.post("/coverage", {"csrf_token": token, "court": "1"}, status=403)
        token = other.get("/coverage").forms[0]["csrf_token"].value
        refused = other.post("/coverage", {"csrf_token": token, "end": str(entry)}, status=400)
        assert "does not belong to your organisation" in refused

    def test_ministry_and_researchers_read_that_a_court_is_watched_not_by_whom(self, site):
        """Neither organisation nor contact nor remark."""
        _add(
            site.sign_in("chan"), court=_court(site, "KH-02-CFI"), contact="office 012",
            remark="Mondays only",
        )  # fmt: skip
        for user in ("anan", "reak"):
            page = site.sign_in(user).get("/coverage?jurisdiction=KH")
            assert "A monitoring organisation" in page
            for secret in ("Lotus", "office 012", "office@lotus", "Mondays only"):
                assert secret not in page, (user, secret)
        page = site.sign_in("rith").get("/coverage?jurisdiction=KH")
        assert "Lotus Legal Aid" in page

    def test_the_same_form_sent_twice_adds_one_entry(self, site):
        """A phone that sends twice leaves one entry."""
        browser = site.sign_in("chan")
        form = next(
            f
            for f in browser.get("/coverage?jurisdiction=KH").forms.values()
            if "court" in f.fields
        )
        form["court"] = _court(site, "KH-02-CFI")
        form.submit(status=303)
        form.submit(status=303)
        with site.reading() as session:
            assert session.query(Coverage).count() == 1
