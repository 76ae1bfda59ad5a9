from __future__ import annotations

import json
import os
import stat

import pytest

from omiflow.errors import EnvironmentFault
from omiflow.runtime.tokens import TOKENS, known_tokens, make_tokens, write_private


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_tokens_are_made_once_and_kept_for_their_owner_only(tmp_path):
    folder = tmp_path / "data"
    old = os.umask(0)
    try:
        made = make_tokens(folder, ["app:default", "console"])
    finally:
        os.umask(old)
    assert (mode(folder), mode(folder / TOKENS)) == (0o700, 0o600)
    assert all(len(token) >= 32 for token in made.values())
    assert make_tokens(folder, ["app:default", "console"]) == made == known_tokens(folder)


def test_a_new_app_gets_a_token_and_the_others_keep_theirs(tmp_path):
    first = make_tokens(tmp_path, ["app:a"])
    both = make_tokens(tmp_path, ["app:a", "app:b"])
    assert both["app:a"] == first["app:a"] != both["app:b"]


def test_nothing_is_written_when_nothing_is_wanted(tmp_path):
    assert make_tokens(tmp_path / "data", []) == {}
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"console": 5}', '"text"'])
def test_a_broken_file_is_a_fault_that_names_it(tmp_path, text):
    (tmp_path / TOKENS).write_text(text)
    with pytest.raises(EnvironmentFault, match=TOKENS):
        make_tokens(tmp_path, ["console"])


def test_a_left_over_of_a_crash_is_replaced_and_nothing_is_written_through_a_link(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (tmp_path / "tokens.new").symlink_to(elsewhere)
    write_private(tmp_path / TOKENS, {"console": "x" * 20})
    assert elsewhere.read_text() == "mine"
    assert json.loads((tmp_path / TOKENS).read_text()) == {"console": "x" * 20}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", TOKENS]


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(EnvironmentFault):
        make_tokens(tmp_path / "data", ["console"])
