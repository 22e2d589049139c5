"""Owns what is asked of an address that no route answers: nothing is there, or it is not asked for in this way."""

from collections.abc import Iterable

from fastapi import Request, Response
from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import compile_path

from riskreview.console.telling import WrongMethod
from riskreview.foundation.errors import NotFound


class Anything(Convertor[str]):
    """Every rest of an address, also one with a line break in it, which Starlette's own ``path`` leaves to nobody."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return it as it is."""
        return value


register_url_convertor("anything", Anything())
PATH = "/{rest:anything}"
"""The route behind all others, for every method there is or will be, so that nothing is answered before it is clear who asks."""


class Missing:
    """Answers what is left over."""

    def __init__(self, rules: Iterable[tuple[str, str]]) -> None:
        self._known = [(method, compile_path(path)[0]) for method, path in rules]

    async def __call__(self, request: Request) -> Response:
        """Refuse a request.

        :raises WrongMethod: when its address is answered by another method. :raises NotFound: when it is answered by none.
        """
        asked = f"/{request.path_params['rest']}"
        allowed = sorted({method for method, pattern in self._known if pattern.match(asked)})
        if allowed:
            raise WrongMethod(allowed)
        raise NotFound("there is no such page")
