"""Secrets are blotted out in each form in which a template can put them into a URL."""

from __future__ import annotations

import pytest

from omiflow.actions.redaction import Blotter
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template

SECRET = "ab/cd+ef=="


@pytest.mark.parametrize(
    "written",
    ["{{ token }}", "to={{ token | urlencode }}", "{{ {'to': token} | urlencode }}", "Bearer {{ token }}"],
)
def test_a_secret_is_blotted_out_as_a_template_writes_it(written: str) -> None:
    shown = Blotter([SECRET]).value({"text": Template(Sandbox(), written).render({"token": SECRET})})["text"]
    assert "***" in shown
    assert "ab" not in shown
