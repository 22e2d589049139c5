"""Owns what a mapping says of reading an object of a CRM instead of a file."""

from typing import Literal

from pydantic import Field

from riskreview.foundation.yaml_file import StrictModel


class CrmObject(StrictModel):
    """An object of a CRM instead of a file; what is read of it is what the mapping's columns name.

    :param connection: the name of a CRM connection, such as ``crm_zoho``. :param object: its API name, such as ``Accounts``.
    :param by: the way records are read where the CRM has several.
    :param overlap_minutes: read again before the last mark, for changes that were under way then.
    :param full_every_days: everything is read again that often, which finds what was deleted for good.
    :param check_count: a full read with fewer records than the CRM counts is refused.
    """

    connection: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    object: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    by: Literal["auto", "query", "list", "bulk"] = "auto"
    overlap_minutes: int = Field(5, ge=1, le=1440)
    full_every_days: int = Field(7, ge=1, le=400)
    check_count: bool = True
