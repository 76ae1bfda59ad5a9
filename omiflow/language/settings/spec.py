"""The written form of `omiflow.yaml`; single values with a form of their own are in `scalars`.

Mistakes that need more than the form to see are found by `check`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from omiflow.language.settings.scalars import (
    BaseUrl,
    Database,
    FilePath,
    Filler,
    HeaderName,
    HeaderValue,
    Host,
    Key,
    Language,
    NotifyUrl,
    QuietHours,
    Rate,
    Size,
    Token,
    Url,
    Zone,
)
from omiflow.language.spec_parts import Duration, OrEmpty, Spec, forms_of

Scope = Literal["user_name", "user_facts", "user_context", "user_chat"]
OwnName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Text = Annotated[str, Field(min_length=1)]


class BudgetSpec(Spec):
    """How often the rules of an app may interrupt a user."""

    limit: Annotated[int, Field(ge=1)] | None = Field(None, description="No more interruptions in any period.")
    period: Duration | None = Field(None, description="The span of time in which `limit` counts.")
    quiet: QuietHours | None = Field(None, description="Hours without interruptions, such as `22:00-07:00`.")
    on_quiet: Literal["drop"] = Field("drop", description="What becomes of an interruption in quiet hours.")
    ignore_above: int | None = Field(None, description="Rules with a higher priority pass.")

    @model_validator(mode="after")
    def _something_to_keep_to(self) -> BudgetSpec:
        if self.limit is not None and self.period is None:
            raise ValueError("a 'limit' counts in a 'period', such as 1d; give that too")
        if self.period is not None and self.limit is None:
            raise ValueError("a 'period' needs a 'limit', the most interruptions in it")
        if self.limit is None and self.quiet is None:
            raise ValueError("a throttle needs a 'limit' and a 'period', or hours that are 'quiet'")
        return self


class AppSpec(Spec):
    """One app of Omi that calls here."""

    planned: ClassVar[frozenset[str]] = frozenset({"signing_secret", "require_signature", "setup"})

    tokens: list[Token] = Field(default_factory=list, description="Secrets in the path of its webhook URLs.")
    omi_app_id: Text | None = Field(None, description="The app's id at Omi.")
    api_key: Key | None = Field(None, description="The app's key for Omi's API.")
    scopes: list[Scope] | None = Field(None, description="What prompts may ask Omi to fill in.")
    users: Annotated[list[Text], Field(min_length=1)] | None = Field(None, description="Only these users.")
    throttle: BudgetSpec | None = Field(None, description="How often its rules may interrupt a user.")
    prompts_per_day: Annotated[int, Field(ge=0)] | None = Field(None, description="No more prompts a user and day.")
    variables: Annotated[dict[str, Any], OrEmpty] = Field(
        default_factory=dict, description="What rules read as `app.variables`."
    )


class UserSpec(Spec):
    """What is known of a user."""

    name: Text | None = Field(None, description="What rules read as `user.name`.")
    timezone: Zone | None = Field(None, description="Where the user lives, such as Europe/Berlin.")
    language: Language | None = Field(None, description="What the user speaks, such as `de`.")
    group: Text | None = Field(None, description="A name shared by users who share lists and values.")


class SlackSpec(Spec):
    """A workspace of Slack, by the token of an app or by an incoming webhook."""

    example: ClassVar[str] = "{type: slack, token: !env SLACK_BOT_TOKEN}"

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

    example: ClassVar[str] = "{type: http, base_url: https://crm.example.com, headers: {Authorization: !env CRM_AUTH}}"

    type: Literal["http"]
    base_url: BaseUrl = Field(description="What paths are put behind.")
    headers: Annotated[dict[HeaderName, HeaderValue], OrEmpty] = Field(
        default_factory=dict, description="Headers of each request, such as an Authorization."
    )


class NotionSpec(Spec):
    """A workspace of Notion, by the token of an integration."""

    example: ClassVar[str] = "{type: notion, token: !env NOTION_TOKEN}"

    type: Literal["notion"]
    token: Key = Field(description="The integration's token.")
    base_url: BaseUrl | None = Field(None, description="Another server that speaks Notion's API.")


class NotifySpec(Spec):
    """The services that notify.send sends to."""

    example: ClassVar[str] = "{type: notify, to: [!env NTFY_URL]}"

    type: Literal["notify"]
    to: Annotated[list[NotifyUrl], Field(min_length=1)] = Field(description="URLs of Apprise, such as ntfys://topic.")


class LlmSpec(Spec):
    """A language model behind an OpenAI-compatible server."""

    example: ClassVar[str] = "{type: llm, base_url: https://llm.example.com/v1, api_key: !env LLM_KEY, model: small}"

    type: Literal["llm"]
    base_url: BaseUrl = Field(description="What `/chat/completions` is put behind: https://api.openai.com/v1.")
    api_key: Key | None = Field(None, description="The server's key, where it wants one.")
    model: Text = Field(description="The model's name at the server.")


class FolderSpec(Spec):
    """A folder that file.append and file.write write to."""

    example: ClassVar[str] = "{type: folder, path: vault}"

    type: Literal["folder"]
    path: FilePath


def _connection_tag(value: Any) -> str | None:
    return f"<{value.get('type')}>" if isinstance(value, dict) else None


ConnectionSpec = Annotated[
    Annotated[SlackSpec, Tag("<slack>")]
    | Annotated[NotionSpec, Tag("<notion>")]
    | Annotated[HttpSpec, Tag("<http>")]
    | Annotated[NotifySpec, Tag("<notify>")]
    | Annotated[LlmSpec, Tag("<llm>")]
    | Annotated[FolderSpec, Tag("<folder>")],
    Discriminator(_connection_tag),
]
CONNECTIONS = forms_of(ConnectionSpec)
"""The connections, by their type."""


class OmiSpec(Spec):
    """Where Omi's API is."""

    base_url: BaseUrl = Field(default="https://api.omi.me", description="The server of Omi's API.")


class NetworkSpec(Spec):
    """Where rules may connect to by an absolute URL."""

    allow: list[Host] = Field(default_factory=list, description="Only these hosts; all public ones when empty.")
    allow_private: bool = Field(default=False, description="Private, loopback and link-local addresses too.")


class ConsoleSpec(Spec):
    """Who may look in."""

    token: Token | None = Field(default=None, description="The secret for the API; one is made when left out.")


class LimitsSpec(Spec):
    """How much a request and a user may bring."""

    planned: ClassVar[frozenset[str]] = frozenset({"audio_body"})

    body: Size = Field(default=10_000_000, description="The largest request, such as 500kB; 10MB when left out.")
    requests_per_uid: Rate = Field(
        default=20.0, description="Requests of one user, such as 300/m; 20/s when left out, null for no limit."
    )


class ConfigSpec(Spec):
    """The configuration of omiflow."""

    planned: ClassVar[frozenset[str]] = frozenset({"retention", "reload"})

    database: Database = Field("sqlite:///omiflow.db", description="A file of SQLite, such as sqlite:///omiflow.db.")
    rules: FilePath = Field("rules", description="The folder of rule files, from the folder of omiflow.yaml.")
    data_folder: FilePath = Field("data", description="The folder of what omiflow keeps beside its database.")
    public_url: BaseUrl | None = Field(None, description="How this server is reached from outside.")
    timezone: Zone = Field(
        "UTC",
        description="Where users live who have no zone of their own, such as Europe/Berlin; also the zone of the times "
        "that commands print, and of those that you write without an offset.",
    )
    language: Language | None = Field(
        None,
        description="What users speak who have no language of their own, such as `en`: which filler words are passed "
        "over, and how numbers and times are said. When left out, the fillers of all languages, and English.",
    )
    fillers: Annotated[dict[Language, list[Filler]], OrEmpty] = Field(
        default_factory=dict,
        description="Words to pass over beside um, uh and the like, by language: `{en: [like, basically]}`.",
    )
    apps: Annotated[dict[OwnName, Annotated[AppSpec, OrEmpty]], OrEmpty] = Field(
        default_factory=dict, description="The apps of Omi that call here, by a name; one named `default` without any."
    )
    users: Annotated[dict[str, Annotated[UserSpec, OrEmpty]], OrEmpty] = Field(
        default_factory=dict, description="What is known of users, by their id at Omi."
    )
    connections: Annotated[dict[OwnName, ConnectionSpec], OrEmpty] = Field(
        default_factory=dict, description="Where actions go, by the name that rules call it."
    )
    omi: Annotated[OmiSpec, OrEmpty] = Field(OmiSpec(), description="Where Omi's API is.")
    network: Annotated[NetworkSpec, OrEmpty] = Field(NetworkSpec(), description="Where absolute URLs may lead to.")
    console: Annotated[ConsoleSpec, OrEmpty] = Field(ConsoleSpec(), description="Who may look in.")
    limits: Annotated[LimitsSpec, OrEmpty] = Field(LimitsSpec(), description="How much requests and users may bring.")
