"""The courts of the reference data are found under every spelling people use for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from courtwatch.seed import read
from search_index import CaseDocument, SearchIndex, SearchRequest, open_index

SPELLINGS = {
    "01": "Banteay Meanchey/Banteay Mean Chey/Bantey Meanchey/បន្ទាយមានជ័យ",
    "02": "Battambang/Batdambang/Bat Dambang/បាត់ដំបង",
    "03": "Kampong Cham/Kompong Cham/ខេត្តកំពង់ចាម/សាលាដំបូងកំពង់ចាម/កំពង់ចាម",
    "04": "Kampong Chhnang/Kompong Chnang/កំពង់ឆ្នាំង",
    "05": "Kampong Speu/Kampong Spueu/Kompong Speu/កំពង់ស្ពឺ",
    "06": "Kampong Thom/Kompong Thom/Kampong Thum/កំពង់ធំ",
    "07": "Kampot/Kompot/កំពត",
    "08": "Kandal/Kandaal/កណ្ដាល/កណ្តាល",
    "09": "Koh Kong/Kaoh Kong/កោះកុង",
    "10": "Kratie/Kratié/Kracheh/Krache/ក្រចេះ",
    "11": "Mondulkiri/Mondul Kiri/Mondolkiri/មណ្ឌលគិរី/មណ្ឌលគីរី",
    "12": "Phnom Penh/Phnum Penh/Pnom Penh/ភ្នំពេញ/រាជធានីភ្នំពេញ",
    "13": "Preah Vihear/Prah Vihear/ព្រះវិហារ",
    "14": "Prey Veng/Prey Vaeng/ព្រៃវែង",
    "15": "Pursat/Pouthisat/Pothisat/Poursat/Pousat/ពោធិ៍សាត់/ពោធិសាត់",
    "16": "Ratanakiri/Ratanak Kiri/Rattanakiri/Rotanak Kiri/Rotanakiri/រតនគិរី/រតនគីរី",
    "17": "Siem Reap/Siemreap/Siem Reab/Seam Reap/សៀមរាប/សាលាដំបូងខេត្តសៀមរាប",
    "18": "Preah Sihanouk/Sihanoukville/Sihanouk Ville/Kampong Som/Kompong Som/"
    "Krong Preah Sihanouk/ព្រះសីហនុ/កំពង់សោម",
    "19": "Stung Treng/Steung Treng/Stoeng Traeng/Stueng Traeng/ស្ទឹងត្រែង",
    "20": "Svay Rieng/Svay Reang/ស្វាយរៀង",
    "21": "Takeo/Takéo/Takaev/Ta Keo/តាកែវ",
    "22": "Oddar Meanchey/Otdar Meanchey/Oddor Meanchey/Udor Meanchey/ឧត្ដរមានជ័យ/ឧត្តរមានជ័យ",
    "23": "Kep/Kaeb/កែប",
    "24": "Pailin/Pailen/ប៉ៃលិន",
    "25": "Tboung Khmum/Tbong Khmom/Tbaung Khmum/Thbong Khmum/ត្បូងឃ្មុំ",
}


@pytest.fixture(scope="module")
def courts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """One case at each court of first instance, with the names that the reference data give."""
    data = read()
    aliases: dict[str, list[str]] = defaultdict(list)
    for alias in data.aliases:
        aliases[alias.institution].append(alias.alias)
    with open_index(tmp_path_factory.mktemp("courts")) as index:
        index.write(
            CaseDocument(
                int(court.code.split("-")[1]),
                "coded",
                court=(court.code,),
                court_names=(court.name_en, court.name_km, *aliases[court.code]),
            )
            for court in data.institutions
            if court.code.endswith("-CFI")
        )
        yield index


class TestCourts:
    @pytest.mark.parametrize("code", SPELLINGS)
    def test_is_found_under_every_spelling_and_alone(self, courts: SearchIndex, code: str) -> None:
        """In a field with and without quotes, and in the middle of a question."""
        for spelling in SPELLINGS[code].split("/"):
            for form in ("court:({})", "court:{}", 'court:"{}"', "{}"):
                query = form.format(spelling)
                hits = courts.search(SearchRequest(query, frozenset({"coded"}))).hits
                assert [hit.case_id for hit in hits] == [int(code)], query
