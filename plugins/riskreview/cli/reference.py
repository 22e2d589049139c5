"""Owns the page that documents the command line, drawn from the commands themselves."""

from typing import Any

import typer

from riskreview.cli.app import app

HEAD = """# Command line

`riskreview` is in the environment's `bin` after `make setup`; `bin/riskreview` builds it when needed. Every command that reads or changes an
instance takes `--home DIR` before the command's name, or `RISKREVIEW_HOME`. `--json` prints one JSON document on standard output.
Exit codes: 0 done, 1 refused (the sentence says why), 2 wrong call, 75 an outside system did not answer: try again.
"""


def reference_page() -> str:
    """Return the page in Markdown."""
    parts = [HEAD]
    parts.extend(_command(name, command) for name, command in _walk("riskreview", typer.main.get_command(app)))
    return "\n".join(parts)


def _walk(path: str, command: Any) -> list[tuple[str, Any]]:  # Click's command classes are Typer's own copies
    children = getattr(command, "commands", None)
    if children is None:
        return [(path, command)]
    return [found for name, child in sorted(children.items()) for found in _walk(f"{path} {name}", child)]


def _command(path: str, command: Any) -> str:
    shown = [item for item in command.params if not getattr(item, "hidden", False) and item.name != "help"]
    arguments = [item for item in shown if item.param_type_name == "argument"]
    usage = " ".join([path, *(item.name.upper() if item.required else f"[{item.name.upper()}]" for item in arguments)])
    lines = [f"\n## `{usage}`\n", f"{(command.help or '').strip()}\n"]
    options = [item for item in shown if item.param_type_name == "option"]
    if options:
        lines.append("| option | meaning |\n|---|---|")
        lines.extend(f"| `{', '.join(item.opts)}` | {item.help or ''} |" for item in options)
    return "\n".join(lines)
