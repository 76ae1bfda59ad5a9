"""Action steps as written, checked against what the action itself says of its data, and compiled.

Which placeholders of Omi's a prompt may have is told by `placeholders`, the other steps by `compile_steps`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from omiflow.actions.action import Action
from omiflow.actions.data import check_data
from omiflow.actions.table import ACTIONS, PLANNED
from omiflow.engine import inline
from omiflow.engine.rules import ActionStep, RetryPolicy
from omiflow.language.codes import CONNECTION, MISSING, MISUSE, NO_APP_KEY, NOT_YET, UNKNOWN_NAME, WRONG_VALUE
from omiflow.language.mistakes import problems_of
from omiflow.language.nearest import did_you_mean, nearest
from omiflow.language.placeholders import placeholders
from omiflow.language.spec_steps import ActionSpec
from omiflow.language.telling import Loc, not_yet
from omiflow.language.writing import Escaping, Writing


def compile_action(
    writing: Writing, spec: ActionSpec, loc: Loc, *, apps: Sequence[str], names: Collection[str]
) -> ActionStep | None:
    """Compile an action step but for its place and its `if`, a misspelt one as it was most likely meant.

    None when there is no such action.
    """
    known = ACTIONS.get(spec.action)
    if known is None:
        tell_unknown(writing, spec.action, (*loc, "action"))
        guess = None if spec.action in PLANNED else nearest(spec.action, list(ACTIONS))
        if guess is None:
            writing.tree(spec.data, (*loc, "data"), names)
            return None
        before = len(writing.problems)
        step = compile_action(writing, spec.model_copy(update={"action": guess}), loc, apps=apps, names=names)
        writing.problems[before:] = [one for one in writing.problems[before:] if one.code != MISSING]
        return step
    _check_data(writing, known, spec, loc)
    if known.inline:
        _refuse_outward_options(writing, spec, loc)
    data = _templates(writing, known, spec, (*loc, "data"), names)
    params = placeholders(writing, data.get("prompt"), (*loc, "data", "prompt"), apps) if _is_prompt(spec) else ()
    if known.needs_app_key:
        _want_app_keys(writing, spec.action, (*loc, "action"), apps)
    connection = _connection(writing, known, spec.connection, loc)
    _tell_misuse(writing, known, spec.data, connection, (*loc, "data"))
    return ActionStep(
        path="",
        line=writing.line(loc),
        action=spec.action,
        data=data,
        inline=known.inline,
        deferrable=spec.action == "log.write",
        connection=connection,
        response_variable=spec.response_variable,
        timeout=writing.tree(spec.timeout, (*loc, "timeout"), names),
        retry=RetryPolicy(spec.retry.attempts, spec.retry.give_up_after) if spec.retry else RetryPolicy(),
        idempotency_key=writing.tree(spec.idempotency_key, (*loc, "idempotency_key"), names),
        continue_on_error=spec.continue_on_error,
        params=params,
    )


def tell_unknown(writing: Writing, name: str, loc: Loc, *, of_key: bool = False) -> None:
    """Report an action that there isn't, or isn't yet."""
    if name in PLANNED:
        writing.wrong(loc, not_yet(name), code=NOT_YET, of_key=of_key)
    else:
        message = f"unknown action '{name}'{did_you_mean(name, list(ACTIONS))}"
        writing.wrong(loc, message, code=UNKNOWN_NAME, of_key=of_key)


def _is_prompt(spec: ActionSpec) -> bool:
    return spec.action == inline.PROMPT


def _check_data(writing: Writing, action: Action, spec: ActionSpec, loc: Loc) -> None:
    """Check the data of a step against what its action takes."""
    errors = check_data(action.data, spec.data)
    if errors and "data" not in spec.model_fields_set:
        wanted = ", ".join(f"'{error['loc'][-1]}'" for error in errors if error["type"] == "missing")
        message = f"'data' is missing; {action.name} needs {wanted}" if wanted else "'data' is missing"
        writing.wrong((*loc, "action"), message, code=MISSING)
        return
    place = (*loc, "data")
    writing.problems += problems_of(errors, source=writing.source, model=action.data, prefix=place, around=ActionSpec)


def _tell_misuse(writing: Writing, action: Action, data: Mapping[str, Any], connection: str | None, loc: Loc) -> None:
    """Report data at `loc` that could never be sent through the connection of the step."""
    if action.misuse is None:
        return
    facts = writing.facts
    settings = facts.connections.get(connection, {}) if connection else {}
    certain = settings.get("type") == action.connection if connection else facts.complete
    found = action.misuse(data, settings if certain else None)
    if found is not None:
        key, message = found
        writing.wrong((*loc, key), message, code=MISUSE)


def _templates(writing: Writing, action: Action, spec: ActionSpec, loc: Loc, names: Collection[str]) -> dict[str, Any]:
    """Compile the templates of a step's data; only a prompt itself may have Omi's placeholders."""
    prompt = {*names, *inline.PLACEHOLDERS, "omi"} if _is_prompt(spec) else names
    escaping = None if action.escape_at is None else Escaping(action.escape_at, spec.data)
    return {
        name: writing.tree(value, (*loc, name), prompt if name == "prompt" else names, escaping=escaping, place=(name,))
        for name, value in spec.data.items()
    }


def _refuse_outward_options(writing: Writing, spec: ActionSpec, loc: Loc) -> None:
    """Report options that mean nothing on an action that travels in the answer."""
    for option in ("connection", "response_variable", "timeout", "retry", "idempotency_key"):
        if getattr(spec, option) is not None:
            message = f"'{option}' has no meaning for {spec.action}, which travels in the answer to Omi; remove it"
            writing.wrong((*loc, option), message, code=WRONG_VALUE, of_key=True)


def _want_app_keys(writing: Writing, action: str, loc: Loc, apps: Sequence[str]) -> None:
    """Warn of apps whose keys Omi will ask for."""
    for app in apps:
        if not writing.facts.apps[app].has_key:
            message = f"{action} needs 'omi_app_id' and 'api_key' of app '{app}' in omiflow.yaml"
            writing.warn(loc, message, code=NO_APP_KEY)


def _connection(writing: Writing, action: Action, named: str | None, loc: Loc) -> str | None:
    """Choose the connection of a step: the named one, or the only one that can serve."""
    facts = writing.facts
    place = (*loc, "connection")
    if action.connection is None:
        if named is not None and not action.inline:
            writing.wrong(place, f"{action.name} uses no connection; remove it", code=CONNECTION, of_key=True)
        return None
    if not facts.complete:
        return named
    usable = facts.of_type(action.connection, action.connection_setting)
    if named is None:
        known = not writing.misspells(loc, "connection")
        return _only_connection(writing, action, usable, (*loc, "action")) if known else None
    if named not in facts.connections:
        guess = did_you_mean(named, facts.of_type(action.connection))
        hint = None
        if nearest(named, facts.of_type(action.connection)) is None:
            example = f"{named}: {{type: {action.connection}, …}}"
            hint = f"define it below 'connections:' in omiflow.yaml, such as '{example}'"
        writing.wrong(place, f"unknown connection '{named}'{guess}", code=CONNECTION, hint=hint)
    elif facts.connections[named].get("type") != action.connection:
        kind = facts.connections[named].get("type")
        message = f"connection '{named}' is of type '{kind}'; {action.name} wants '{action.connection}'"
        writing.wrong(place, message, code=CONNECTION)
    elif named not in usable:
        message = f"connection '{named}' has no '{action.connection_setting}', which {action.name} needs"
        writing.wrong(place, message, code=CONNECTION)
    return named


def _only_connection(writing: Writing, action: Action, usable: list[str], loc: Loc) -> str | None:
    """Give the one usable connection; report none or several, where one is needed."""
    if len(usable) == 1:
        return usable[0]
    if action.connection_setting is None:
        return None
    if not usable:
        message = (
            f"{action.name} needs a connection of type '{action.connection}' with '{action.connection_setting}' "
            "in omiflow.yaml, and there is none"
        )
    else:
        listed = ", ".join(f"'{name}'" for name in usable)
        message = f"{action.name} can use several connections; name one of {listed} as 'connection'"
    writing.wrong(loc, message, code=CONNECTION)
    return None
