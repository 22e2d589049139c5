"""After a restore nobody gets a message a second time, and no CRM an old value, until a person has looked."""

import pytest

from riskreview.audit.checkpoints import LogSetBack, bring_out, make_checkpoint, reconcile
from riskreview.crm.use_cases import Network
from riskreview.crm.writing import write_back
from riskreview.foundation.services import Services
from riskreview.notifications.use_cases import deliver


def test_a_database_older_than_its_checkpoints_sends_nothing_until_it_is_reconciled(services: Services):
    make_checkpoint(services)
    bring_out(services)
    with services.engine.begin() as connection:
        for table in ("audit_export", "audit_checkpoint"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608

    with pytest.raises(LogSetBack, match="no message is sent"):
        deliver(services, environment={})
    with pytest.raises(LogSetBack):
        write_back(services, Network(lambda _name: None))
    reconcile(services, actor="nora.lind", reason="Backup of yesterday")

    assert deliver(services, environment={}).queued == 0
