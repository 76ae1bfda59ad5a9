"""English words that sound the same although they are short or spelled differently.

All others are compared by their letters, in `alike`.
"""

from __future__ import annotations

from collections.abc import Mapping

_SAME_SOUND = """
ad add; ate eight; be bee; bear bare; blue blew; buy by bye; cent sent scent; cents sense; dear deer; die dye;
do due; fair fare; for four fore; hear here; hi high; hole whole; hour our; in inn; knew new; know no; knot
not; made maid; mail male; meat meet; need knead; one won; or oar; pair pear; peace piece; poor pour; rap
wrap; read red; right rite write; road rode; role roll; sail sale; sea see; seen scene; so sew; some sum; son
sun; tail tale; there their theyre; time thyme; to too two; wait weight; way weigh; weak week; wear ware
where; wood would; you yew; your youre
"""


def _homophones() -> Mapping[str, frozenset[str]]:
    alike = [frozenset(words.split()) for words in _SAME_SOUND.split(";")]
    return {word: words for words in alike for word in words}


HOMOPHONES = _homophones()
