"""The emulator is what it imitates: the vendor's own client takes it for Zoho."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from riskreview.crm.emulator.starting import start

HERE = Path(__file__).parent


@pytest.mark.deep
@pytest.mark.long
def test_the_official_sdk_reads_page_by_page_and_writes(tmp_path):
    with start("zoho", port=0, accounts=450, seed=1) as running:
        thread = threading.Thread(target=running.serve, daemon=True)
        thread.start()
        command = [sys.executable, str(HERE / "sdk_client.py"), running.url, str(tmp_path)]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "plugins"), "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )
        running.server.shutdown()
        thread.join()

    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    accounts = running.emulator.tables["Accounts"].rows
    assert [str(number) for number in answer["ids"]] == sorted(accounts)
    assert answer["updated"] == ["SUCCESS"]
    assert accounts[str(answer["ids"][0])]["Payment_Terms_Days"] == 17
