"""The scorecard on paper, as it lies in the PDF: A4, on each page whose it is and which page, all items with times."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import pypdf
import pytest

from benchmarks.chromium import CHROMIUM
from pipeline.events.call import CallFacts
from tests.browser.office import CARD, Office, open_office
from tests.browser.people import DIST
from tests.reviews.cards import card_of
from tests.server.conftest import AGENT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


def printed(office: Office, call_id: str) -> tuple[pypdf.PdfReader, list[str]]:
    """With the text of each page; Han that a font draws as radicals are Han again, and spaces count for nothing."""
    page = office.page("xu", f"/qa/calls/{call_id}/card")
    page.get_by_test_id("sheet").wait_for()
    page.emulate_media(media="print")
    reader = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    page.context.close()
    return reader, ["".join(unicodedata.normalize("NFKC", one.extract_text()).split()) for one in reader.pages]


def test_every_item_is_on_it_with_the_time_of_its_evidence(office: Office) -> None:
    call_id = office.call()
    office.say("xu", call_id, "judge", "verdict", rule="name", verdict="met", reason="在 00:04 说了")
    span = {"channel": "agent", "start_ms": 172_000, "end_ms": 172_900, "quote": "", "quote_en": ""}
    office.say("he", call_id, "comment", "commented", text="这里先道歉", span=span)
    reader, pages = printed(office, call_id)
    assert [(round(one.mediabox.width), round(one.mediabox.height)) for one in reader.pages] == [A4] * len(pages)
    text = "".join(pages)
    for item in CARD.items:
        if item.is_ban and item.verdict == "met":  # what nobody said is one line for all
            continue
        name = "".join(unicodedata.normalize("NFKC", item.title).split())
        assert re.search(rf"{re.escape(name)}.{{0,20}}?02:28\W02:31坐席这个我也不清楚", text), (item.title, text)
    assert "判为达标在00:04说了" in text
    assert "未达→达标0/7→7/7" in text
    assert re.search(r"02:52质检何静.{0,40}这里先道歉", text), text


def test_each_page_says_whose_it_is_and_which_one(office: Office) -> None:
    items = [replace(one, title=f"第{n}项{one.title}", note="说明" * 150) for n in range(9) for one in CARD.items]
    facts = CallFacts(agent_id=AGENT, agent_name='林"晓\\雯', team="a")
    office.calls += 1
    call_id = f"0192f0c1-1122-7bbb-8ccc-{office.calls:012d}"
    office.centre.finished_call(call_id, [card_of(items)], facts, engine="base")
    reader, pages = printed(office, call_id)
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert '通话评分卡·林"晓\\雯' in text
        assert f"{number}/{len(pages)}" in text
        assert call_id in text
        assert re.search(r"20\d\d-\d\d-\d\d", text)
    embedded = {str(font["/Subtype"]) for one in reader.pages for font in _fonts(one)}
    assert embedded  # all letters are in the file
    assert all("/FontFile2" in d or "/FontFile3" in d for one in reader.pages for f in _fonts(one) for d in _files(f))


def _fonts(page: pypdf.PageObject) -> list[pypdf.generic.DictionaryObject]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index,union-attr,misc]


def _files(font: pypdf.generic.DictionaryObject) -> list[pypdf.generic.DictionaryObject]:
    """Where its shapes lie; a font of type 3 has them within itself."""
    whole = [one.get_object() for one in font.get("/DescendantFonts", [font])]
    return [one["/FontDescriptor"].get_object() for one in whole if one["/Subtype"] != "/Type3"]
