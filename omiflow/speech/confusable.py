"""English words that recognisers confuse although they are short, and words they don't although they are alike.

All others are compared by their letters, in `alike`.
"""

from __future__ import annotations

from collections.abc import Mapping

_SAME_SOUND = """
ad add; be bee; bear bare; blue blew; buy by bye; cent sent scent; dear deer; die dye; do due; fair fare; for
four fore; hear here; hi high; hole whole; hour our; in inn; knew new; know no; knot not; made maid; mail
male; meat meet; one won; or oar; pair pear; peace piece; poor pour; rap wrap; read red; right rite write;
road rode; role roll; sail sale; sea see; seen scene; so sew; some sum; son sun; tail tale; there their
theyre; to too two; wait weight; way weigh; weak week; wear ware where; wood would; you yew; your youre
"""
_TOLD_APART = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion
monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday
"""


def _homophones() -> Mapping[str, frozenset[str]]:
    alike = [frozenset(words.split()) for words in _SAME_SOUND.split(";")]
    return {word: words for words in alike for word in words}


HOMOPHONES = _homophones()
TOLD_APART = frozenset(_TOLD_APART.split())
"""Numbers and days: none of them is taken for another one."""
