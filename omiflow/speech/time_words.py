"""How people say times of day, parts of the day and short waits, in the languages where a library does not know.

The forms are written like this: `[...]` may be missing, `(a|b)` is one of, `<h>` an hour, `<mm>` minutes in two
digits, `<m>` minutes, `<n>` a count; words are normalised and numbers are digits. Names of days and months come from
dateparser; what a form means as a moment is left to `times.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


class TimeWords(msgspec.Struct, frozen=True, kw_only=True):
    """The forms of one language.

    `clock` are times of day by what they add to the hour, in minutes; None is what `<mm>`, `<m>` and the hour say.
    `parts` stand behind a day or a time, `today` are parts of this day, `coming` the next such part. `waits` are
    fixed waits in minutes. `kept` are words that sound like numbers and are none here; `never` are articles that are
    no hour when nothing else is said.
    """

    at: str = ""
    on: str = ""
    clock: Mapping[str, str]
    noon: str = ""
    midnight: str = ""
    parts: Mapping[str, str] = {}
    today: Mapping[str, str] = {}
    coming: Mapping[str, str] = {}
    days: Mapping[str, str] = {}
    weekday: str = "<weekday>"
    date: str = "<d> <month> [<year>]"
    ahead: str = ""
    one: str = ""
    joins: str = ""
    waits: Mapping[int, str] = {}
    and_a_half: str = ""
    later: str = ""
    kept: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


TIME_WORDS: Mapping[str, TimeWords] = {
    "en": TimeWords(
        at="at|around|about|at about|at around|by",
        on="on|by|from",
        clock={
            "plain": "<h> [(<mm>|(oh|o|0) <digit>)] [(o clock|oclock)]",
            "together": "<hmm>",
            "half": "half [past] <h>",
            "quarter": "[a] quarter (past|after) <h>",
            "less_quarter": "[a] quarter (to|of|till|before) <h>",
            "past": "<m> [minutes] (past|after) <h>",
            "to": "<m> [minutes] (to|till|before) <h>",
        },
        noon="noon|midday",
        midnight="midnight",
        parts={
            "am": "am|a m",
            "pm": "pm|p m",
            "morning": "in the morning|morning",
            "afternoon": "in the afternoon|afternoon",
            "evening": "in the evening|evening",
            "night": "at night|night",
        },
        today={
            "morning": "this morning",
            "afternoon": "this afternoon",
            "evening": "this evening",
            "night": "tonight",
        },
        coming={
            "morning": "in the morning",
            "afternoon": "in the afternoon",
            "evening": "in the evening",
            "night": "at night",
        },
        days={"in 2 days": "the day after tomorrow", "in 7 days": "a week from now"},
        weekday="[this|next|coming|this coming] <weekday>",
        date="[the] <d> [of] <month> [<year>]|<month> [the] <d> [<year>]|the <2nd> of <month>|<month> [the] <2nd>",
        ahead="in",
        one="a|an|1",
        joins="and",
        waits={15: "a quarter of an hour", 30: "half an hour|half hour|a half hour", 90: "an hour and a half"},
        and_a_half="<n> and a half hours|<n> (hour|hours) and a half",
        later="from now|later",
        kept=frozenset({"second", "o"}),
    ),
    "de": TimeWords(
        at="um|gegen|ab|so um",
        on="am|vom",
        clock={
            "plain": "<h> [uhr] [<mm>] [uhr]",
            "minutes": "<h> uhr <m>",
            "together": "<hmm>",
            "half_before": "halb <h>",
            "quarter": "viertel nach <h> [uhr]",
            "less_quarter": "(viertel vor|dreiviertel) <h> [uhr]",
            "past": "<m> [minuten] nach <h> [uhr]",
            "to": "<m> [minuten] vor <h> [uhr]",
            "past_half": "<m> [minuten] nach halb <h>",
            "to_half": "<m> [minuten] vor halb <h>",
        },
        noon="mittag|mittags|12 uhr mittags",
        midnight="mitternacht",
        parts={
            "morning": "morgens|früh|morgen|am morgen|vormittag|vormittags|am vormittag|in der früh",
            "afternoon": "nachmittags|nachmittag|am nachmittag",
            "evening": "abends|abend|am abend",
            "night": "nachts|nacht|in der nacht",
        },
        coming={"morning": "am morgen|am vormittag", "afternoon": "am nachmittag", "evening": "am abend"},
        weekday="[am|diesen|nächsten|kommenden|am nächsten|am kommenden] <weekday>",
        date="[(am|den|der)] <d> <month> [<year>]",
        ahead="in",
        one="einer|einem|1",
        joins="und",
        waits={
            15: "einer viertelstunde|einer viertel stunde",
            30: "einer halben stunde",
            45: "einer dreiviertelstunde",
            90: "anderthalb stunden|eineinhalb stunden",
        },
        and_a_half="<n> und (einer|eine) (halben|halbe) stunde|<n> einhalb stunden",
        never=frozenset({"ein", "eine"}),
        kept=frozenset({"viertel", "halb"}),
    ),
    "fr": TimeWords(
        at="à|vers",
        on="le",
        clock={
            "plain": "<h> [(heures|heure|h)] [<mm>]",
            "minutes": "<h> (heures|heure|h) <m>",
            "together": "<hmm>",
            "half": "<h> (heures|heure) et (demie|demi)",
            "quarter": "<h> (heures|heure) (et quart|un quart|1 quart)",
            "less_quarter": "<h> (heures|heure) moins [le] quart",
            "to": "<h> (heures|heure) moins <m>",
        },
        noon="midi",
        midnight="minuit",
        parts={
            "morning": "du matin|matin",
            "afternoon": "de l après midi|après midi",
            "evening": "du soir|soir",
            "night": "de la nuit",
        },
        today={
            "morning": "ce matin",
            "afternoon": "cet après midi|cette après midi",
            "evening": "ce soir",
            "night": "cette nuit",
        },
        coming={"morning": "dans la matinée", "afternoon": "dans l après midi", "evening": "dans la soirée"},
        weekday="[le|ce] <weekday> [prochain]",
        date="[le] <d> <month> [<year>]",
        ahead="dans|d ici",
        one="un|une|1",
        joins="et",
        waits={
            15: "(un|1) quart d heure",
            30: "(une|1) demi heure",
            45: "trois quarts d heure|3 quarts d heure",
            90: "(une|1) heure et demie",
        },
        and_a_half="<n> heures et (demie|demi)",
        never=frozenset({"un", "une"}),
        kept=frozenset({"quart", "quarts", "seconde", "secondes"}),
    ),
    "es": TimeWords(
        at="a las|a la|a eso de las|sobre las|las|la",
        on="el|para el",
        clock={
            "plain": "<h> [(<mm>|y <m>|horas)] [en punto]",
            "together": "<hmm>",
            "half": "<h> y media",
            "quarter": "<h> y cuarto",
            "less_quarter": "<h> menos cuarto",
            "to": "<h> menos <m>",
        },
        noon="mediodía|al mediodía|el mediodía",
        midnight="medianoche|a medianoche|la medianoche",
        parts={
            "am": "am|a m",
            "pm": "pm|p m",
            "morning": "(de|por|en) la mañana",
            "afternoon": "(de|por|en) la tarde",
            "night": "(de|por|en) la noche",
        },
        today={"morning": "esta mañana", "afternoon": "esta tarde", "night": "esta noche"},
        coming={"morning": "(por|en) la mañana", "afternoon": "(por|en) la tarde", "night": "(por|en) la noche"},
        days={"in 2 days": "pasado mañana"},
        weekday="[el|este|el próximo|próximo] <weekday> [(próximo|que viene)]",
        date="[el] <d> de <month> [[de] <year>]",
        ahead="en|dentro de",
        one="un|una|1",
        joins="y",
        waits={
            15: "(un|1) cuarto de hora",
            30: "media hora",
            90: "[(una|1)] hora y media",
        },
        and_a_half="<n> horas y media",
        never=frozenset({"un", "una", "uno"}),
        kept=frozenset({"cuarto", "segundo", "segundos", "segunda"}),
    ),
    "it": TimeWords(
        at="alle|alle ore|all|le|verso le",
        clock={
            "plain": "<h> [(<mm>|e <m>)]",
            "half": "<h> e (mezza|mezzo)",
            "quarter": "<h> e (un|1) quarto",
            "less_quarter": "<h> meno (un|1) quarto",
            "to": "<h> meno <m>",
        },
        noon="mezzogiorno|a mezzogiorno",
        midnight="mezzanotte|a mezzanotte",
        parts={
            "morning": "di mattina|mattina|del mattino",
            "afternoon": "del pomeriggio|pomeriggio",
            "evening": "di sera|sera",
        },
        today={"morning": "stamattina", "evening": "stasera", "night": "stanotte"},
        days={"in 2 days": "dopodomani"},
        ahead="fra|tra",
        one="un|una|1",
        joins="e",
        waits={30: "mezz ora|mezzora"},
        never=frozenset({"un", "una", "uno", "ora"}),
        kept=frozenset({"quarto", "secondo", "secondi"}),
    ),
    "nl": TimeWords(
        at="om|rond",
        on="op",
        clock={
            "plain": "<h> [uur] [<mm>]",
            "half_before": "half <h>",
            "quarter": "kwart over <h>",
            "less_quarter": "kwart voor <h>",
            "past": "<m> over <h>",
            "to": "<m> voor <h>",
        },
        midnight="middernacht",
        parts={
            "morning": "s ochtends|ochtend|s morgens",
            "afternoon": "s middags|middag",
            "evening": "s avonds|avond",
        },
        today={"morning": "vanochtend", "afternoon": "vanmiddag", "evening": "vanavond", "night": "vannacht"},
        ahead="over",
        one="een|1",
        joins="en",
        waits={30: "(een|1) half uur", 90: "anderhalf uur"},
        never=frozenset({"een"}),
        kept=frozenset({"kwart"}),
    ),
}
