"""The words that languages put between numbers, where text2num knows only the numbers.

How numbers are read with them is left to `numbers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class NumberWords(msgspec.Struct, frozen=True, kw_only=True):
    """How a language puts numbers together from smaller ones; `one` is what text2num understands for `articles`.

    `further` are samples of every kind of word that goes on with a number already begun, the scales among them.
    """

    minus: frozenset[str]
    point: frozenset[str]
    articles: frozenset[str]
    one: str
    joins: frozenset[str]
    half: frozenset[str]
    wholes_and_half: dict[str, float]
    dozen: frozenset[str]
    further: tuple[str, ...]
    nought: frozenset[str] = frozenset()
    centuries: bool = False


def _in_order(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER_WORDS: Mapping[str, NumberWords] = {
    "en": NumberWords(
        minus=_words("minus negative"),
        point=_words("point"),
        articles=_words("a an"),
        one="one",
        joins=_words("and"),
        half=_words("half"),
        wholes_and_half={},
        further=_in_order("fifty fifteen five hundred thousand million billion"),
        dozen=_words("dozen"),
        nought=_words("oh o"),
        centuries=True,
    ),
    "de": NumberWords(
        minus=_words("minus"),
        point=_words("komma punkt"),
        articles=_words("eine einer einem einen"),
        one="ein",
        joins=_words("und"),
        half=_words("halb halbe halbes halber halben"),
        wholes_and_half={"anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "dreieinhalb": 3.5},
        further=_in_order("fünfzig fünfzehn fünf hundert tausend million millionen milliarde milliarden"),
        dozen=_words("dutzend"),
    ),
    "fr": NumberWords(
        minus=_words("moins"),
        point=_words("virgule point"),
        articles=_words("un une"),
        one="un",
        joins=_words("et"),
        half=_words("demi demie"),
        wholes_and_half={},
        further=_in_order("cinquante quinze cinq vingt vingts cent cents mille million millions milliard milliards"),
        dozen=_words("douzaine douzaines"),
    ),
    "es": NumberWords(
        minus=_words("menos"),
        point=_words("coma punto"),
        articles=_words("un una"),
        one="un",
        joins=_words("y"),
        half=_words("medio media"),
        wholes_and_half={},
        further=_in_order("cincuenta quince cinco uno cien ciento quinientos mil millón millones"),
        dozen=_words("docena docenas"),
    ),
    "it": NumberWords(
        minus=_words("meno"),
        point=_words("virgola punto"),
        articles=_words("un una uno"),
        one="uno",
        joins=_words("e"),
        half=_words("mezzo mezza"),
        wholes_and_half={},
        further=_in_order("cinquanta quindici cinque cento mille mila milione milioni miliardo miliardi"),
        dozen=_words("dozzina dozzine"),
    ),
    "nl": NumberWords(
        minus=_words("min minus"),
        point=_words("komma punt"),
        articles=_words("een"),
        one="een",
        joins=_words("en"),
        half=_words("half halve"),
        wholes_and_half={"anderhalf": 1.5, "anderhalve": 1.5},
        further=_in_order("vijftig vijftien vijf honderd duizend miljoen miljard"),
        dozen=_words("dozijn"),
    ),
    "pt": NumberWords(
        minus=_words("menos"),
        point=_words("vírgula ponto"),
        articles=_words("um uma"),
        one="um",
        joins=_words("e"),
        half=_words("meio meia"),
        wholes_and_half={},
        further=_in_order("cinquenta quinze cinco cem cento quinhentos mil milhão milhões"),
        dozen=_words("dúzia dúzias"),
    ),
    "da": NumberWords(
        minus=_words("minus"),
        point=_words("komma"),
        articles=_words("en et"),
        one="en",
        joins=_words("og"),
        half=_words("halv halvt halve"),
        wholes_and_half={"halvanden": 1.5, "halvandet": 1.5},
        further=_in_order("halvtreds femten fem hundrede tusind tusinde million millioner"),
        dozen=_words("dusin"),
    ),
}
