"""Saved searches through the pages: keep one, see what is new, say that it was seen."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select, update
from webtest import TestApp

from courtwatch.models import Membership, SavedSearch, Submission
from courtwatch.models.vocabulary import NoteTier, Role, ShareLevel
from courtwatch.services import saved_searches
from tests.functional.scene import make_case, note
from tests.functional.site import Site
from tests.functional.test_search import index, search


def form_with(page: Any, field: str) -> Any:
    """Return the form of a page that has this field."""
    return next(f for f in page.forms.values() if field in f.fields)


def save(browser: TestApp, words: str, name: str, status: int = 303) -> Any:
    """Search for words and keep the search from its page of results."""
    form = form_with(search(browser, words), "name")
    form["name"] = name
    return form.submit(status=status)


def text_of(page: Any) -> str:
    """Return the words of a page in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.split("<main", 1)[1]).split())


class TestNews:
    """What is new and what changed since somebody last looked."""

    def test_new_and_changed_cases_are_told_until_they_are_marked_as_seen(self, site: Site) -> None:
        mony, chan = site.sign_in("mony"), site.sign_in("chan")
        old = make_case(site, name="Sok Dara")
        still = make_case(site, name="Sok Dara")
        index(site)
        page = save(mony, "dara", "Cases of Dara").follow()
        address = page.request.path
        assert "Nothing new since" in text_of(page)
        assert "Dara" not in address
        new = make_case(site, name="Keo Dara")
        note(site, old, "something happened", NoteTier.ORGANISATION)
        index(site)
        page = mony.get(address)
        assert "1 new, 1 changed since" in text_of(page)
        for code, word in ((new.code, "New"), (old.code, "Changed")):
            assert re.search(rf">{word}</strong>\s*<a[^>]*>{code}<", page.text)
        assert still.code not in page.text
        assert old.code not in mony.get(f"{address}?only=new").text
        assert new.code not in mony.get(f"{address}?only=changed").text
        assert "1 new, 1 changed" in text_of(mony.get("/searches"))
        assert "Words: dara" in text_of(mony.get("/searches"))
        everything = page.click("All results")
        assert all(code in everything.text for code in (old.code, still.code, new.code))
        assert "1 new, 1 changed" in text_of(mony.get(address)), "looking marks nothing"
        page = form_with(mony.get(address), "look").submit(status=303).follow()
        assert "Marked as seen." in page.text
        assert "Nothing new since" in text_of(mony.get("/searches"))
        assert "saved no search" in chan.get("/searches").text

    def test_what_comes_between_the_page_and_the_mark_stays_news(self, site: Site) -> None:
        mony = site.sign_in("mony")
        shown = make_case(site, name="Sok Dara")
        index(site)
        address = save(mony, "dara", "Dara").location
        note(site, shown, "first", NoteTier.ORGANISATION)
        index(site)
        form = form_with(mony.get(address), "look")
        later = make_case(site, name="Keo Dara")
        note(site, shown, "second", NoteTier.ORGANISATION)
        index(site)
        page = form.submit(status=303).follow()
        assert "1 new, 1 changed" in text_of(page)
        assert later.code in page.text

    def test_a_search_that_is_saved_from_an_older_page_tells_what_came_since(
        self, site: Site
    ) -> None:
        mony = site.sign_in("mony")
        make_case(site, name="Sok Dara")
        index(site)
        form = form_with(search(mony, "dara"), "name")
        later = make_case(site, name="Keo Dara")
        index(site)
        form["name"] = "Dara"
        page = form.submit(status=303).follow()
        assert "1 new" in text_of(page)
        assert later.code in page.text

    def test_a_case_that_changed_while_the_index_is_behind_is_not_marked(self, site: Site) -> None:
        """It would be left out of the page, and so must not count as seen."""
        rith = site.sign_in("rith")
        made = make_case(site, share=ShareLevel.FULL, name="Sok Dara")
        index(site)
        address = save(rith, "dara", "Dara").location
        note(site, made, "one", NoteTier.NETWORK)
        index(site)
        note(site, made, "two", NoteTier.ORGANISATION)
        page = rith.get(address)
        assert "left out until search has followed" in page.text
        assert made.code not in page.text
        assert "Mark all as seen" not in page.text
        index(site)
        assert "1 changed" in text_of(rith.get(address))

    def test_facets_and_order_are_kept(self, site: Site) -> None:
        mony = site.sign_in("mony")
        make_case(site, name="Sok Dara", court="KH-02-CFI")
        make_case(site, name="Sok Dara", court="KH-17-CFI")
        index(site)
        results = search(mony, "dara")
        narrowed = mony.get(f"{results.request.path}?court=KH-17-CFI&sort=registered")
        form = form_with(narrowed, "name")
        form["name"] = "Dara at Siem Reap"
        page = form.submit(status=303).follow()
        assert "Court: Siem Reap Provincial Court" in text_of(page)
        make_case(site, name="Keo Dara", court="KH-02-CFI")
        there = make_case(site, name="Keo Dara", court="KH-17-CFI")
        index(site)
        page = mony.get(page.request.path)
        assert "1 new since" in text_of(page)
        assert there.code in page.text
        assert "court=KH-17-CFI&amp;sort=registered" in page.text


class TestWhoSeesWhat:
    """A saved search is its owner's, and finds by today's rights."""

    def test_nobody_else_can_open_mark_rename_or_delete_it(self, site: Site) -> None:
        make_case(site)
        index(site)
        mony = site.sign_in("mony")
        address = save(mony, "", "Quorl").follow().request.path
        for other in ("chan", "rith", "anan", "reak"):
            browser = site.sign_in(other)
            for page in (address, f"{address}/rename", f"{address}/delete"):
                browser.get(page, status=404)
            token = {"csrf_token": form_with(browser.get("/search"), "query")["csrf_token"].value}
            for page in (f"{address}/seen", f"{address}/rename", f"{address}/delete"):
                browser.post(page, token | {"look": "0@2026-01-01T00:00:00+00:00"}, status=404)
            assert "Quorl" not in browser.get("/searches").text
        site.sign_in("admin").get("/searches", status=403)
        assert "Quorl" in mony.get(address).text

    def test_what_another_organisation_keeps_to_itself_is_no_news(self, site: Site) -> None:
        made = make_case(site, share=ShareLevel.FULL, name="Sok Dara")
        hidden = make_case(site, name="Sok Dara")
        index(site)
        readers = {name: site.sign_in(name) for name in ("rith", "anan", "reak")}
        addresses = {name: save(b, "", "All").location for name, b in readers.items()}
        note(site, made, "for Lotus alone", NoteTier.ORGANISATION)
        note(site, hidden, "for Lotus alone", NoteTier.ORGANISATION)
        index(site)
        for name, browser in readers.items():
            assert "Nothing new" in text_of(browser.get(addresses[name])), name

    def test_a_case_that_is_shared_is_new_to_others_and_gone_when_it_is_taken_back(
        self, site: Site
    ) -> None:
        made = make_case(site, name="Sok Dara")
        index(site)
        rith, chan = site.sign_in("rith"), site.sign_in("chan")
        address = save(rith, "", "All").location

        def share(level: str) -> None:
            form = form_with(chan.get(f"/cases/{made.code}/share"), "share_level")
            form["share_level"] = level
            form.submit(status=303)

        share("full")
        index(site)
        assert "1 new" in text_of(rith.get(address))
        share("private")
        page = rith.get(address)  # before the index has followed: the database decides
        assert made.code not in page.text
        assert "Nothing new" in text_of(page)

    def test_another_role_finds_by_its_own_rights_and_is_told_so(self, site: Site) -> None:
        make_case(site, share=ShareLevel.FULL, name="Sok Dara")
        private = make_case(site, name="Sok Dara")
        index(site)
        mony = site.sign_in("mony")
        results = search(mony, "")
        form = form_with(mony.get(f"{results.request.path}?organisation=lotus"), "name")
        form["name"] = "All"
        address = form.submit(status=303).location
        note(site, private, "more", NoteTier.ORGANISATION)
        index(site)
        with site.writing() as session:
            session.execute(
                update(Membership)
                .where(Membership.user_id == site.users["mony"])
                .values(organisation_id=site.organisations["campus"], role=Role.RESEARCHER)
            )
        page = site.sign_in("mony").get(address)
        assert private.code not in page.text
        assert "may no longer filter by this" in page.text
        assert "Your role or organisation is another" in page.text


class TestKeeping:
    """Names, their limits, and what is deleted."""

    def test_a_name_is_needed_and_its_own(self, site: Site) -> None:
        mony = site.sign_in("mony")
        make_case(site)
        index(site)
        page = save(mony, "dara", "  ", 400)
        assert "Give the search a name" in page.text
        assert "dara" not in page.text.split("<form", 1)[1]
        again = form_with(page, "name")
        again["name"] = "Mine"
        again.submit(status=303)
        assert "already have a search named" in save(mony, "sok", "  MINE ", 400).text
        assert "at most 120 letters" in save(mony, "sok", "x" * 121, 400).text
        save(site.sign_in("chan"), "sok", "Mine")

    def test_only_so_many_are_kept(self, site: Site, monkeypatch: Any) -> None:
        monkeypatch.setattr(saved_searches, "MOST", 1)
        make_case(site)
        index(site)
        mony = site.sign_in("mony")
        save(mony, "", "One")
        assert "You can keep 1 searches" in save(mony, "", "Two", 400).text

    def test_is_renamed_and_deleted(self, site: Site) -> None:
        make_case(site)
        index(site)
        mony = site.sign_in("mony")
        address = save(mony, "", "One").location
        save(mony, "", "Two")
        form = form_with(mony.get(address).click("Rename this search"), "name")
        assert form["name"].value == "One"
        form["name"] = "two"
        assert "already have a search" in form.submit(status=400).text
        form["name"] = "ថ្មី"
        assert "ថ្មី" in form.submit(status=303).follow().text
        page = mony.get(address).click("Delete this search")
        next(f for f in page.forms.values() if f.action == "").submit(status=303)
        mony.get(address, status=404)
        assert "ថ្មី" not in mony.get("/searches").text

    def test_the_same_form_sent_twice_keeps_one(self, site: Site) -> None:
        make_case(site)
        index(site)
        form = form_with(search(site.sign_in("mony"), ""), "name")
        form["name"] = "Once"
        first, second = form.submit(status=303), form.submit(status=303)
        assert first.location == second.location
        with site.reading() as session:
            named = select(SavedSearch.name).where(SavedSearch.name.is_not(None))
            assert session.scalars(named).all() == ["Once"]
            assert all("Once" not in row.result for row in session.scalars(select(Submission)))

    def test_a_look_that_no_page_sent_is_refused(self, site: Site) -> None:
        make_case(site)
        index(site)
        mony = site.sign_in("mony")
        form = form_with(search(mony, ""), "name")
        form["name"] = "One"
        for look in ("", "x", "1", "1@2026-01-01", "1@yesterday", "-5@2026-01-01T00:00:00+00:00"):
            form["look"] = look
            form.submit(status=400)
