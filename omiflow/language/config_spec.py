"""The written form of `omiflow.yaml`; single values with a form of their own are in `config_scalars`.

Mistakes that need more than the form to see are found by `config_check`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from omiflow.language.config_scalars import (
    BaseUrl,
    Database,
    FilePath,
    HeaderName,
    HeaderValue,
    Host,
    Key,
    Rate,
    Size,
    Token,
    Url,
    Zone,
)
from omiflow.language.spec_parts import Spec

Scope = Literal["user_name", "user_facts", "user_context", "user_chat"]
PLANNED_CONNECTIONS = frozenset({"notion", "notify", "llm", "folder"})


def _nothing_is_empty(value: Any) -> Any:
    return {} if value is None else value


OrEmpty = BeforeValidator(_nothing_is_empty)
OwnName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Text = Annotated[str, Field(min_length=1)]


class AppSpec(Spec):
    """One app of Omi that calls here."""

    planned: ClassVar[frozenset[str]] = frozenset({"signing_secret", "require_signature", "throttle", "setup"})

    tokens: list[Token] = Field(default_factory=list, description="Secrets in the path of its webhook URLs.")
    omi_app_id: Text | None = Field(None, description="The app's id at Omi.")
    api_key: Key | None = Field(None, description="The app's key for Omi's API.")
    scopes: list[Scope] | None = Field(None, description="What prompts may ask Omi to fill in.")
    users: Annotated[list[Text], Field(min_length=1)] | None = Field(None, description="Only these users.")
    prompts_per_day: Annotated[int, Field(ge=0)] | None = Field(None, description="No more prompts a user and day.")
    variables: Annotated[dict[str, Any], OrEmpty] = Field(
        default_factory=dict, description="What rules read as `app.variables`."
    )


class UserSpec(Spec):
    """What is known of a user."""

    name: Text | None = None
    timezone: Zone | None = None
    group: Text | None = None


class SlackSpec(Spec):
    """A workspace of Slack, by the token of an app or by an incoming webhook."""

    type: Literal["slack"]
    token: Key | None = Field(None, description="A bot's token, for slack.post_message.")
    webhook_url: Url | None = Field(None, description="An incoming webhook, for slack.webhook.")
    base_url: BaseUrl | None = Field(None, description="Another server that speaks Slack's Web API.")

    @model_validator(mode="after")
    def _a_way_in(self) -> SlackSpec:
        if self.token is None and self.webhook_url is None:
            raise ValueError("a Slack connection needs a 'token' or a 'webhook_url'")
        return self


class HttpSpec(Spec):
    """A server that is called by http.request; its headers go to the origin of `base_url` only."""

    planned: ClassVar[frozenset[str]] = frozenset({"oauth2"})

    type: Literal["http"]
    base_url: BaseUrl
    headers: Annotated[dict[HeaderName, HeaderValue], OrEmpty] = Field(default_factory=dict)


CONNECTIONS = {"slack": SlackSpec, "http": HttpSpec}


def _connection_tag(value: Any) -> str | None:
    return f"<{value.get('type')}>" if isinstance(value, dict) else None


ConnectionSpec = Annotated[
    Annotated[SlackSpec, Tag("<slack>")] | Annotated[HttpSpec, Tag("<http>")], Discriminator(_connection_tag)
]


class OmiSpec(Spec):
    """Where Omi's API is."""

    base_url: BaseUrl = "https://api.omi.me"


class NetworkSpec(Spec):
    """Where rules may connect to by an absolute URL."""

    allow: list[Host] = Field(default_factory=list, description="Only these hosts; all public ones when empty.")
    allow_private: bool = Field(default=False, description="Private, loopback and link-local addresses too.")


class ConsoleSpec(Spec):
    """Who may look in."""

    token: Token | None = None


class LimitsSpec(Spec):
    """How much a request and a user may bring."""

    planned: ClassVar[frozenset[str]] = frozenset({"audio_body"})

    body: Size = 10_000_000
    requests_per_uid: Rate = 20.0


class ConfigSpec(Spec):
    """The configuration of omiflow."""

    planned: ClassVar[frozenset[str]] = frozenset({"retention", "reload"})

    database: Database = "sqlite:///omiflow.db"
    rules: FilePath = "rules"
    data_folder: FilePath = "data"
    public_url: BaseUrl | None = Field(None, description="How this server is reached from outside.")
    timezone: Zone = "UTC"
    apps: Annotated[dict[OwnName, Annotated[AppSpec, OrEmpty]], OrEmpty] = Field(default_factory=dict)
    users: Annotated[dict[str, Annotated[UserSpec, OrEmpty]], OrEmpty] = Field(default_factory=dict)
    connections: Annotated[dict[OwnName, ConnectionSpec], OrEmpty] = Field(default_factory=dict)
    omi: Annotated[OmiSpec, OrEmpty] = OmiSpec()
    network: Annotated[NetworkSpec, OrEmpty] = NetworkSpec()
    console: Annotated[ConsoleSpec, OrEmpty] = ConsoleSpec()
    limits: Annotated[LimitsSpec, OrEmpty] = LimitsSpec()
