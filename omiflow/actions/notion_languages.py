"""The languages that Notion colours code in, and other names that people write for them.

Source: Notion's reference, "Block", code.
"""

from __future__ import annotations

PLAIN = "plain text"

_LANGUAGES = frozenset(
    (
        "abap", "arduino", "bash", "basic", "c", "clojure", "coffeescript", "c++", "c#", "css", "dart", "diff",
        "docker", "elixir", "elm", "erlang", "flow", "fortran", "f#", "gherkin", "glsl", "go", "graphql", "groovy",
        "haskell", "html", "java", "javascript", "json", "julia", "kotlin", "latex", "less", "lisp", "livescript",
        "lua", "makefile", "markdown", "markup", "matlab", "mermaid", "nix", "objective-c", "ocaml", "pascal", "perl",
        "php", "plain text", "powershell", "prolog", "protobuf", "python", "r", "reason", "ruby", "rust", "sass",
        "scala", "scheme", "scss", "shell", "sql", "swift", "typescript", "vb.net", "verilog", "vhdl", "visual basic",
        "webassembly", "xml", "yaml",
    )
)  # fmt: skip

_OTHER_NAMES = {
    "cpp": "c++",
    "cs": "c#",
    "csharp": "c#",
    "dockerfile": "docker",
    "fsharp": "f#",
    "golang": "go",
    "hs": "haskell",
    "js": "javascript",
    "jsonc": "json",
    "jsx": "javascript",
    "kt": "kotlin",
    "make": "makefile",
    "md": "markdown",
    "objc": "objective-c",
    "ps1": "powershell",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "shell",
    "tex": "latex",
    "ts": "typescript",
    "tsx": "typescript",
    "wasm": "webassembly",
    "yml": "yaml",
    "zsh": "shell",
}


def language_of(info: str) -> str:
    """Give Notion's name for the language of a fence, `plain text` for those it does not know."""
    name = info.strip().split(maxsplit=1)[0].lower() if info.strip() else PLAIN
    name = _OTHER_NAMES.get(name, name)
    return name if name in _LANGUAGES else PLAIN
