"""The codes of problems, each with one sentence on what it stands for; they stay what they are once released.

Texts for people are written where a problem is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SYNTAX = "E100"
UNKNOWN_KEY = "E101"
WRONG_TYPE = "E102"
MISSING = "E103"
WRONG_VALUE = "E104"
NOT_YET = "E105"
UNKNOWN_NAME = "E106"
TWICE = "E107"
UNREADABLE = "E108"
NO_FOLDER = "E109"
BAD_TEMPLATE = "E201"
UNKNOWN_IN_TEMPLATE = "E202"
BAD_PATH = "E301"
BAD_PATTERN = "E302"
NEGATIVE_ON_MANY = "E303"
UNKNOWN_LIST = "E304"
CONNECTION = "E401"
SCOPE = "E402"
HIDDEN_NAME = "E403"
MISUSE = "E404"
INLINE_PLACE = "E501"
UNREAD_ANSWER = "E502"
BAD_PHRASE = "E601"
NOT_SET = "E701"
NO_FILE = "E702"
TAG_FORM = "E703"
UNREADABLE_SETTINGS = "E704"
DOTENV_LINE = "E705"
NOTHING_MATCHED = "W201"
LEFT_AS_TEXT = "W202"
WORDS_AS_TRUTH = "W203"
UNKNOWN_VARIABLE = "W204"
FORGOTTEN = "W205"
NEVER_HOLDS = "W301"
ASCII_ONLY = "W302"
ITEM_FIELD = "W303"
UNKNOWN_FIELD = "W304"
NEVER_THERE = "W305"
UNKNOWN_VALUE = "W306"
WRONG_KIND = "W307"
UNUSED_LIST = "W308"
UNHEARD = "W309"
NEVER_EMITTED = "W310"
NO_APP_KEY = "W401"
SETS_ITSELF_OFF = "W402"
REFUSED_URL = "W403"
NO_GROUP = "W404"
DROPPED_ANSWER = "W501"
LOOSER_THAN_OMI = "W502"
OUTRANKED = "W503"
LATE_ANSWER = "W504"
UNSAYABLE = "W601"
SIGN_IN_PHRASE = "W602"
NEVER_HEARD = "W603"
TOO_SHORT = "W604"
ONLY_FILLERS = "W605"
UNUSED_CONNECTION = "W701"
FOLDER_NOT_THERE = "W702"

CODES: Mapping[str, str] = MappingProxyType(
    {
        SYNTAX: "The YAML can't be read, or not in the way it was meant.",
        UNKNOWN_KEY: "A key that does not exist there.",
        WRONG_TYPE: "A value of another type than the one wanted.",
        MISSING: "A key that must be given is missing.",
        WRONG_VALUE: "A value that can't stand there.",
        NOT_YET: "Part of the language, but not of this version.",
        UNKNOWN_NAME: "An app, trigger, action or type that does not exist.",
        TWICE: "A name that must be unique over the rules folder is given twice.",
        UNREADABLE: "A rule file can't be read from the disk, or is not UTF-8.",
        NO_FOLDER: "The rules folder can't be read.",
        BAD_TEMPLATE: "A template that Jinja can't read, or that may not do what it wants.",
        UNKNOWN_IN_TEMPLATE: "A name, filter or test that does not exist where the template stands.",
        BAD_PATH: "A JSONPath that can't be read or is not allowed.",
        BAD_PATTERN: "A pattern that RE2 can't read.",
        NEGATIVE_ON_MANY: "A negative operator on a path that can find many values.",
        UNKNOWN_LIST: "A list that does not exist.",
        CONNECTION: "A connection is missing, unknown, ambiguous or of the wrong kind.",
        SCOPE: "A placeholder of Omi's that the app's scopes do not cover.",
        HIDDEN_NAME: "A new name that would hide one of omiflow's.",
        MISUSE: "Data with which an action could never be done, such as a URL that can't be called.",
        INLINE_PLACE: "An inline action where the answer to Omi can't wait for it.",
        UNREAD_ANSWER: "An inline action after a trigger whose answer Omi does not read.",
        BAD_PHRASE: "A phrase that can't be understood.",
        NOT_SET: "An environment variable that is not set.",
        NO_FILE: "A file that is named, by `!file` or by a test, and can't be read.",
        TAG_FORM: "A tag that is not written as it should be.",
        UNREADABLE_SETTINGS: "The configuration or `.env` can't be read from the disk.",
        DOTENV_LINE: "A line of `.env` that can't be read.",
        NOTHING_MATCHED: "A template that reads what no condition of its rule finds.",
        LEFT_AS_TEXT: "A text that looks like a template or a path, and is sent as it stands.",
        WORDS_AS_TRUTH: "Words that were said, taken for a truth; most are false.",
        UNKNOWN_VARIABLE: "A variable that none of the rule's apps has in the configuration.",
        FORGOTTEN: "A span of time further back than what was said is remembered.",
        NEVER_HOLDS: "A condition that no value can pass, or that is hardly meant as it is written.",
        ASCII_ONLY: "A pattern that takes letters of other scripts for no letters.",
        ITEM_FIELD: "A field that action items of Omi's don't have.",
        UNKNOWN_FIELD: "A field that the payload of the rule's triggers does not have; most likely misspelt.",
        NEVER_THERE: "Something that comes with other triggers than those of the rule.",
        UNKNOWN_VALUE: "A value that Omi does not give to a field.",
        WRONG_KIND: "A comparison with a value of a kind that a field never has.",
        UNUSED_LIST: "A list that no rule uses.",
        UNHEARD: "An event that a rule emits and that no trigger listens to.",
        NEVER_EMITTED: "A trigger for an event that no rule emits.",
        NO_APP_KEY: "An action that needs the app's key at Omi, which is not configured.",
        SETS_ITSELF_OFF: "A rule that sets itself off again, alone or in a circle of rules.",
        REFUSED_URL: "A URL that the configuration's network settings refuse.",
        NO_GROUP: "Something kept for a group, where no user of the rule has one.",
        DROPPED_ANSWER: "An answer that Omi would drop.",
        LOOSER_THAN_OMI: "A limit that lets more through than Omi takes.",
        OUTRANKED: "An answer that never reaches Omi, as another rule is always first.",
        LATE_ANSWER: "An answer behind a phrase that waits for more words, for which Omi's call may not wait.",
        UNSAYABLE: "A list that a slot takes from, with an entry that can't be said as it is meant.",
        SIGN_IN_PHRASE: "A sign in a phrase that stands for something elsewhere and for nothing here, such as '*'.",
        NEVER_HEARD: "A phrase in which another one of the same rule is always heard first.",
        TOO_SHORT: "Phrases so short that `match: fuzzy` changes nothing.",
        ONLY_FILLERS: "A phrase that is nothing but a filler word.",
        UNUSED_CONNECTION: "A connection that no rule uses.",
        FOLDER_NOT_THERE: "A connection to a folder that is not there.",
    }
)
"""What each code stands for; `E…` are errors, `W…` warnings."""
