"""Reads and writes through Zoho's own Python SDK; run as a program, because the SDK keeps its state in its modules.

Usage: sdk_client.py URL FOLDER
"""

import json
import sys
from pathlib import Path

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap, SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, GetRecordsParam, Record, RecordOperations

from riskreview.crm.emulator.zoho import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN


def initialize(url: str, folder: Path) -> None:
    """Point the SDK at the emulator."""
    environment = DataCenter.Environment(url, f"{url}/oauth/v2/token", url)
    token = OAuthToken(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, refresh_token=REFRESH_TOKEN)
    logger = Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(folder / "sdk.log"))
    settings = SDKConfig(auto_refresh_fields=False, pick_list_validation=False)
    Initializer.initialize(
        environment,
        token,
        store=FileStore(str(folder / "tokens.txt")),
        sdk_config=settings,
        resource_path=str(folder),
        logger=logger,
    )


def read_all() -> list[int]:
    """Return the ids of all accounts, page by page."""
    ids, following = [], None
    while True:
        params = ParameterMap()
        for name, value in ((GetRecordsParam.fields, "Account_Name,Owner,Annual_Revenue"), (GetRecordsParam.per_page, 200),
                            (GetRecordsParam.sort_by, "id"), (GetRecordsParam.sort_order, "asc")):  # fmt: skip
            params.add(name, value)
        if following:
            params.add(GetRecordsParam.page_token, following)
        answer = RecordOperations("Accounts").get_records(params, HeaderMap()).get_object()
        ids += [record.get_id() for record in answer.get_data()]
        if not answer.get_info().get_more_records():
            return ids
        following = answer.get_info().get_next_page_token()


def update(record_id: int, **values: object) -> list[str]:
    """Write fields of one account without automations and return what came of it."""
    record, body = Record(), BodyWrapper()
    record.set_id(record_id)
    for name, value in values.items():
        record.add_key_value(name, value)
    body.set_data([record])
    body.set_trigger([])
    done = RecordOperations("Accounts").update_records(body, HeaderMap()).get_object()
    return [item.get_code().get_value() for item in done.get_data()]


if __name__ == "__main__":
    initialize(sys.argv[1], Path(sys.argv[2]))
    found = read_all()
    print(json.dumps({"ids": found, "updated": update(found[0], Payment_Terms_Days=17)}))  # noqa: T201  its answer
