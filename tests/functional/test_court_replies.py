"""A court marked for review is sent its cases and answers; the answer stands beside the figure."""

from __future__ import annotations

import json
import shutil

import pytest
from sqlalchemy import select

from courtwatch.models import CaseNumber, CourtInquiry, CourtReply, ProsecutionFact
from courtwatch.reports.cache import ReportMemory
from courtwatch.reports.law import read_law
from courtwatch.services.court_replies import behind
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.redaction import REDACTED
from courtwatch.views.reports import MEMORY
from tests.functional.site import make_settings, start
from tests.unit.reports.scene import Scene
from tests.unit.reports.test_institutions import offices, write

ANSWER = "The files were held because ឯកសារ were missing <b>"
REPORT = "/reports/institutions?jurisdiction=KH"


@pytest.fixture(scope="module")
def court(template_database, tmp_path_factory):
    """A site with a record in which one office truly holds more; its code and the site."""
    directory = tmp_path_factory.mktemp("replies")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    site = start(make_settings(directory))
    with site.writing() as session:
        scene = Scene(session)
        write(session, scene)
        office = offices(session)[1]
        case_id = session.scalars(select(ProsecutionFact.case_id).limit(1)).one()
        for institution, number in ((office.id, "777/2021"), (None, "police 9/2021")):
            session.add(CaseNumber(
                case_id=case_id, issuer_kind="court", institution_id=institution,
                as_given=number, normalised=number, rev_from=scene.revision_id,
            ))  # fmt: skip
        found = (site, office.code)
    yield found
    site.engine.dispose()


def day(name, number):
    """Return the fields of a day in March 2025."""
    return {f"{name}-day": str(number), f"{name}-month": "3", f"{name}-year": "2025"}


def fill(page, values):
    """Fill in and send the form of a page that has the fields."""
    form = next(f for f in page.forms.values() if next(iter(values)) in f.fields)
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


@pytest.fixture(scope="module")
def asked(court):
    """The coordinator of lotus sends the cases, and enters what came back; twice."""
    site, code = court
    browser = site.sign_in("chan")
    page = browser.get(REPORT)
    (link,) = {
        a["href"] for a in page.html.select("a")
        if a["href"].startswith(f"/reports/institutions/held/{code}")
    }  # fmt: skip
    page = browser.get(link)
    assert [li.text for li in page.html.select("#numbers li")] == ["777/2021"]
    assert "1 cases are open to you" in page.text
    late = fill(page, {"sent-day": "1", "sent-month": "1", "sent-year": "2099"})
    assert late.status_int == 400
    page = fill(page, day("sent", 3)).follow()
    assert "No answer yet" in page
    before = browser.get(REPORT)
    assert "no answer yet" in before.text
    early = fill(page, {**day("received", 1), "language": "en", "text": ANSWER})
    assert "older than the inquiry" in early.text
    page = fill(page, {**day("received", 9), "language": "en", "text": "typed wrong"}).follow()
    page = fill(page, {**day("received", 9), "language": "en", "text": ANSWER}).follow()
    return page.request.path


class Noted(ReportMemory):
    """A memory of reports that notes how many pages it had to write."""

    written = 0

    def page(self, report, key, write):
        """Note that a page is written."""

        def noted():
            self.written += 1
            return write()

        return super().page(report, key, noted)


class TestReplies:
    def test_an_answer_that_was_typed_wrong_stays_readable_and_is_never_changed(self, court, asked):
        """Two rows, the first closed; who entered them is told to their organisation alone."""
        site, _code = court
        page = site.sign_in("chan").get(asked)
        assert "typed wrong" in page.text
        assert "replaced by a later entry" in page.text
        assert page.html.find(string=lambda text: text and ANSWER in text)
        with site.reading() as session:
            first, second = session.scalars(select(CourtReply).order_by(CourtReply.id))
            assert (first.text, first.rev_to) == ("typed wrong", second.rev_from)
            assert second.rev_to is None

    @pytest.mark.parametrize(
        ("reader", "words"),
        [("chan", True), ("rith", True), ("anan", True), ("reak", False),
         ("admin", False)],
    )  # fmt: skip
    def test_the_answer_stands_beside_the_figure_in_every_format(self, court, asked, reader, words):
        """For monitoring organisations and the ministry; others read that it came, and when."""
        site, code = court
        browser = site.sign_in(reader)
        page = browser.get(REPORT).html
        shown = [page.select_one(f"#table-{key}").text for key in ("held", "replies")]
        data = json.loads(browser.get(REPORT.replace("?", ".json?")).body)
        table = next(t for t in data["tables"] if t["key"] == "held")
        row = next(r for r in table["rows"] if r["key"] == code)
        shown.append(row["remark"])
        shown.append(browser.get(REPORT.replace("?", ".csv?")).body.decode("utf-8-sig"))
        for text in shown:
            assert (ANSWER in text.replace('""', '"')) is words
            assert "2025-03-09" in text
            assert "typed wrong" not in text

    def test_the_answer_says_in_which_language_it_is(self, court, asked):
        """Beside the figure, in the list, and on its own page, whatever the reader's language."""
        site, _code = court
        browser = site.sign_in("chan")
        browser.get("/language/km?next=/")
        page = browser.get(REPORT).html
        for key in ("held", "replies"):
            (answer,) = page.select(f'#table-{key} [lang="en"]')
            assert answer.text == ANSWER
        own = browser.get(asked).html
        assert ANSWER in [each.text for each in own.select('td [lang="en"]')]

    @pytest.mark.parametrize(
        ("reader", "sees", "sends"),
        [("mony", True, False), ("rada", True, False), ("anan", False, False),
         ("reak", False, False), ("admin", False, False)],
    )  # fmt: skip
    def test_only_the_coordinator_who_sent_the_cases_may_answer_for_the_court(
        self, court, asked, reader, sees, sends
    ):
        """Monitors read it, another organisation's coordinator too; who entered it is not told."""
        site, code = court
        browser = site.sign_in(reader)
        page = browser.get(asked, expect_errors=True)
        assert (page.status_int == 200) is sees
        if sees:
            assert ("text" in {n for f in page.forms.values() for n in f.fields}) is sends
            token = page.html.select_one("input[name=csrf_token]")["value"]
            fields = {"csrf_token": token, "submission": "5b0a4e63-1c1f-4b8e-9f7e-3f1f3a1f8a01",
                      **day("received", 10), "language": "en", "text": "not theirs"}  # fmt: skip
            answer = browser.post(asked, fields, expect_errors=True)
            assert answer.status_int in (400, 403)
        with site.reading() as session:
            assert "not theirs" not in set(session.scalars(select(CourtReply.text)))
        assert browser.get(
            f"/reports/institutions/held/{code}?jurisdiction=KH", expect_errors=True
        ).status_int == (200 if sees else 403)

    def test_an_answer_stands_beside_no_figure_that_it_is_not_about(self, court, asked):
        """Other filters, another figure: the table alone has it, with what was counted."""
        site, code = court
        data = json.loads(
            site.sign_in("chan").get(f"{REPORT.replace('?', '.json?')}&cohort=2000..").body
        )
        tables = {table["key"]: table for table in data["tables"]}
        remarks = [row["remark"] for row in tables["held"]["rows"] if row["key"] == code]
        assert not any(remarks)
        assert ANSWER in str(tables["replies"])

    def test_nobody_is_asked_about_the_cases_of_one_organisation(self, court, asked):
        """Who reads the answer would learn who keeps them; and how many were open to the sender."""
        site, code = court
        chan = site.sign_in("chan")
        for narrower in ("&organisation=lotus", "&scope=own"):
            page = chan.get(f"{REPORT}{narrower}", expect_errors=True)
            assert f"/reports/institutions/held/{code}" not in page.text
        query = REPORT.partition("?")[2]
        chan.get(f"/reports/institutions/held/{code}?{query}&organisation=lotus", status=404)
        for reader, told in (("chan", True), ("rith", False), ("anan", False)):
            data = json.loads(site.sign_in(reader).get(REPORT.replace("?", ".json?")).body)
            table = next(each for each in data["tables"] if each["key"] == "replies")
            assert (table["rows"][0]["figures"]["cases"]["value"] == 1) is told

    def test_every_link_to_send_cases_opens_and_no_other_table_has_one(self, court, asked):
        """Of the comparison alone, also where all years stand in for one: that of all years."""
        site, code = court
        chan = site.sign_in("chan")
        found = set()
        for query in ("", "&cohort=2020"):
            page = chan.get(f"{REPORT}{query}")
            links = {a["href"] for a in page.html.select('a[href*="/reports/institutions/held"]')}
            found |= {link for link in links if "/freeze" not in link}
        assert found == {f"/reports/institutions/held/{code}?jurisdiction=KH"}
        assert "Record" in chan.get(found.pop())
        for other in ("held_funnel", "held_recorded", "held_pooled"):
            chan.get(f"/reports/institutions/{other}/{code}?jurisdiction=KH", status=404)

    def test_what_has_left_its_hands_is_not_unresolved_there(self, court):
        """What is still open before the trial court is nothing that a prosecutor has to answer."""
        site, code = court
        with site.reading() as session:
            law = read_law(session, Scene(session).jurisdiction)
        (decision,) = (each for each in law.decisions() if each.outcome.name == "held")
        (listed,) = behind(
            FactFilters(), "office", code, "held", ["unresolved"], law.here(decision)
        )  # fmt: skip
        assert "prosecutor_review" in listed.furthest
        assert not {"charged", "trial", "awaiting_trial"} & set(listed.furthest)

    def test_a_figure_that_is_not_marked_is_sent_to_nobody(self, court, asked):
        """The page says so and has no form; a form that is sent all the same is refused."""
        site, _code = court
        with site.reading() as session:
            other = offices(session)[0].code
            before = session.query(CourtInquiry).count()
        browser = site.sign_in("chan")
        address = f"/reports/institutions/held/{other}?jurisdiction=KH"
        page = browser.get(address)
        assert "not marked for review" in page.text
        token = page.html.select_one("input[name=csrf_token]")["value"]
        fields = {"csrf_token": token, "submission": "5b0a4e63-1c1f-4b8e-9f7e-3f1f3a1f8a02",
                  **day("sent", 3)}  # fmt: skip
        assert browser.post(address, fields, expect_errors=True).status_int == 400
        with site.reading() as session:
            assert session.query(CourtInquiry).count() == before

    def test_the_report_of_before_knows_no_answer(self, court, asked):
        """As known at the revision at which the cases were sent: sent, and not answered."""
        site, _code = court
        with site.reading() as session:
            inquiry = session.scalars(select(CourtInquiry)).one()
        browser = site.sign_in("chan")
        then = browser.get(f"{REPORT}&as_known_at={inquiry.rev_from}").text
        assert "no answer yet" in then
        assert "2025-03-09" not in then
        assert "What institutions answered" not in browser.get(
            f"{REPORT}&as_known_at={inquiry.known_at}"
        )

    def test_a_kept_page_is_the_page_that_this_reader_would_be_written(self, court, asked):
        """Whoever asked before, in whatever language, at whatever address of the same question.

        Some are sent courts to ask, some the words of a reply, some neither, some hidden numbers.
        """
        site, _code = court
        asks = [
            ("chan", "en", REPORT),
            ("chan", "km", REPORT),
            ("chan", "en", f"{REPORT}&unit=prosecution"),
            ("chan", "en", f"{REPORT}&suppressed=yes"),
            ("anan", "en", REPORT),
            ("reak", "en", REPORT),
        ]
        browsers = {name: site.sign_in(name) for name, _language, _path in asks}

        def tables(name, language, path):
            browsers[name].set_cookie("lang", language)
            found = browsers[name].get(path).text
            return found[found.index('<section class="cw-section') : found.rindex("</section>")]

        noted = Noted(3600)
        before = site.app.registry[MEMORY]
        try:
            site.app.registry[MEMORY] = noted
            written = [tables(*ask) for ask in asks]
            assert noted.written == len(asks)
            kept = [tables(*ask) for ask in reversed(asks)][::-1]
            assert noted.written == len(asks), "the second time, nothing is written"
            site.app.registry[MEMORY] = ReportMemory(0)
            fresh = [tables(*ask) for ask in asks]
        finally:
            site.app.registry[MEMORY] = before
        for ask, *pages in zip(asks, written, kept, fresh, strict=True):
            assert pages[0] == pages[2], ask
            assert pages[1] == pages[2], ask
        assert len(set(fresh)) == len(asks), "no two of them may be taken for one another"

    def test_words_are_taken_out_of_every_entry(self, court, asked):
        """By the coordinator of the organisation that entered them, also from closed rows."""
        site, _code = court
        browser = site.sign_in("chan")
        page = browser.get(asked)
        link = page.html.find("a", href=lambda href: href and href.startswith("/redact/reply/"))
        assert site.sign_in("rada").get(link["href"], expect_errors=True).status_int == 404
        form = next(f for f in browser.get(link["href"]).forms.values() if "words" in f.fields)
        form["words"], form["reason"] = "missing", "other"
        form.submit().follow()
        text = browser.get(asked).text
        assert "missing" not in text
        assert REDACTED in text
