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
NEVER_HOLDS = "W301"
ASCII_ONLY = "W302"
ITEM_FIELD = "W303"
NO_APP_KEY = "W401"
DROPPED_ANSWER = "W501"

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
        NO_FILE: "A file named by `!file` that can't be read.",
        TAG_FORM: "A tag that is not written as it should be.",
        UNREADABLE_SETTINGS: "The configuration or `.env` can't be read from the disk.",
        DOTENV_LINE: "A line of `.env` that can't be read.",
        NEVER_HOLDS: "A condition that no value can pass, or that is hardly meant as it is written.",
        ASCII_ONLY: "A pattern that takes letters of other scripts for no letters.",
        ITEM_FIELD: "A field that action items of Omi's don't have.",
        NO_APP_KEY: "An action that needs the app's key at Omi, which is not configured.",
        DROPPED_ANSWER: "An answer that Omi would drop.",
    }
)
"""What each code stands for; `E…` are errors, `W…` warnings."""
