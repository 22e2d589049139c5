"""Owns how the console knows who is logged in to Airflow, whichever auth manager does the logging in."""

from urllib.parse import quote

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import get_user
from fastapi import HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials


class AirflowLogin:
    """Asks Airflow for the user of a request: of its bearer token if it carries one, else of the browser's session.

    :param root: path below which Airflow is served, without a slash at the end.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    async def user_id(self, request: Request) -> str | None:
        """Return the user's id, None for nobody, and for a token that is forged, revoked or too old."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        bearer = HTTPAuthorizationCredentials(scheme=scheme, credentials=token) if token else None
        try:
            user = await get_user(request, None, bearer)
        except HTTPException:
            return None
        return str(user.get_id())

    def page(self, back_to: str) -> str:
        """Return the address of Airflow's login page that leads back."""
        login = str(get_auth_manager().get_url_login())
        return f"{login}{'&' if '?' in login else '?'}next={quote(back_to, safe='')}"

    def out(self) -> str:
        """Return the address by which Airflow revokes the token of the session and then asks its auth manager to end it."""
        return f"{self._root}/api/v2/auth/logout"
