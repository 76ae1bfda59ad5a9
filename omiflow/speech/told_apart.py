"""Words that are never taken for each other although their letters are nearly the same, as they change what is meant.

Numbers, ordinal ones too, negations, days, months, the small words of a language, and opposites that differ in how
they begin. How near the letters of other words are is left to `alike`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from text_to_num import alpha2digit

from omiflow.speech.number_words import NUMBER_WORDS

_SHORTEST_REST = 3
_LONGEST_ENDING = 2
_MOST_REMEMBERED = 50_000

_DIGIT = re.compile(r"\d")
_NOT = re.compile("((?:ai|are|ca|could|did|do|does|had|has|have|is|might|must|need|ought|should|was|were|wo|would)n)t")
_NOT_INSIDE = re.compile("[안못없않]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEGATIONS = _words(
    """
    no not none nor never neither nothing nobody nowhere without cannot nicht nichts nie niemals niemand kein keine
    keinen keinem keiner keines ohne nein non pas jamais rien sans personne aucun aucune nunca nada nadie sin ningún
    ninguno ninguna mai niente nulla nessuno nessuna senza niet niets nooit geen zonder nee não nem ninguém nenhum
    nenhuma sem ikke ingen intet aldrig uden nej inte utan ingenting не нет ни без нельзя bez není nejsem לא אין لا لم
    لن ليس
    """
)
_DAYS = _words(
    """
    monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday tonight montag dienstag mittwoch
    donnerstag freitag samstag sonnabend sonntag heute morgen gestern lundi mardi mercredi jeudi vendredi samedi
    dimanche demain hier lunes martes miércoles jueves viernes sábado domingo hoy mañana ayer lunedì martedì mercoledì
    giovedì venerdì sabato domenica oggi domani ieri maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag
    gisteren segunda terça quarta quinta sexta hoje amanhã ontem mandag tirsdag onsdag torsdag fredag lørdag søndag
    january february march april may june july august september october november december januar februar märz mai juni
    juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero
    marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno
    luglio settembre ottobre dicembre januari februari maart mei augustus janeiro fevereiro março maio junho julho
    setembro outubro novembro dezembro marts maj
    """
)
_SMALL = _words(
    """
    a i an am any and are as at all ah be been being by but both because can could did do does done down each else
    either ever every few for from had has have having he her hers here him his how id if ill im in into is it its ive
    just less many may me might mine more most much must my now of off on once one only onto or other our ours out over
    own same shall she should so some such than that the their them then there these they this those to too under until
    up us very was we well were what when where which while who whom whose why will with would yes yet you your yours
    anything something everything anybody somebody everybody anyone someone everyone within das der die den dem des dass
    du er es ihr ihm ihn ihre sie wir mir mich dir dich ein eine einen einem einer eines mein dein sein meine deine
    seine unser und oder aber auf aus ab zu zum zur ins vor von vom für mit nach bei ist war bin bist hat habe hast wird
    wer wie wo wann le la les un une de mon ton son ma ta sa mes tes ses et ou où mais dans sur sous par pour avec est
    sont el los las lo una con por para y o mi tu su del al en se te que qui il gli uno nel sul dal mio tuo suo che chi
    per het een aan uit op dat dit wel mijn zijn haar os um uma meu seu da na det jeg han hun og fra til на но за до по
    из от во он она они мы вы ты
    """
)
_PAIRS = """
mother father; mother brother; father brother; north south; past last; last least; minimum maximum; hotter colder;
warmer colder; lock block; love live; wife life; send spend; send lend; sent spent; stop step; leave live; open often;
sell tell; cell sell; play pay; play lay; blocca sblocca; bloccare sbloccare; salir subir; push pull; east west
"""
_BEGINNINGS = _words(
    """
    un dis des dés non mis in im ir il de en em ex out up down over under on off re pre post inter intra ein aus an ab
    auf zu ver ent uit aan af op toe be в вы за от раз при уві ви w wy za od vy ot
    """
)


_OPPOSITES = frozenset(_words(pair) for pair in _PAIRS.split(";"))


class _Kind(NamedTuple):
    """What of a word must not change: `alone` is one that is never another one, `rests` are it without beginnings."""

    alone: bool
    day: bool
    small: bool
    negated: tuple[bool, frozenset[str]]
    rests: tuple[tuple[str, str], ...]


def told_apart(word: str, said: str) -> bool:
    """Tell whether a word of a phrase is never misheard as what was said, however alike they are, homophones aside."""
    one, other = _kind(word), _kind(said)
    return (
        one.alone
        or other.alone
        or (one.day and other.day)
        or (one.small and other.small)
        or one.negated != other.negated
        or frozenset((word, said)) in _OPPOSITES
        or any(
            beginning != its_beginning and _same_stem(rest, its_rest)
            for beginning, rest in one.rests
            for its_beginning, its_rest in other.rests
        )
        or _is_number(word)
    )


@lru_cache(maxsize=_MOST_REMEMBERED)
def _kind(word: str) -> _Kind:
    return _Kind(
        alone=_DIGIT.search(word) is not None or word in _NEGATIONS,
        day=word in _DAYS,
        small=word in _SMALL,
        negated=(_NOT.fullmatch(word) is not None, frozenset(_NOT_INSIDE.findall(word))),
        rests=_rests(word),
    )


def _rests(word: str) -> tuple[tuple[str, str], ...]:
    """Give a word without each beginning that it has, with that one, and the whole of it."""
    begins = (beginning for beginning in _BEGINNINGS if word.startswith(beginning))
    rests = ((beginning, word[len(beginning) :]) for beginning in begins)
    return (("", word), *((beginning, rest) for beginning, rest in rests if len(rest) >= _SHORTEST_REST))


def _same_stem(rest: str, other: str) -> bool:
    """Tell whether two words, such as "lock" and "locks", differ in a short ending at most."""
    return (rest.startswith(other) or other.startswith(rest)) and abs(len(rest) - len(other)) <= _LONGEST_ENDING


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_number(word: str) -> bool:
    """Tell whether a word is a number in one of the languages whose numbers are known, an ordinal one too."""
    return any(alpha2digit(word, language, 0) != word for language in NUMBER_WORDS)
