"""Owns keeping evidence packs where the instance keeps them: a folder or object storage."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from riskreview.evidence.pack import ACTOR, Packed, Subject, write_pack
from riskreview.foundation.services import Services
from riskreview.foundation.storage import open_storage


def keep_pack(services: Services, subject: Subject, *, language: str, actor: str = ACTOR) -> Packed:
    """Make the pack of a subject and keep it as a ZIP file that is named by its subject and its manifest.

    :raises NotFound: when there is no such subject. :raises Unavailable: when object storage does not take it.
    """
    place = services.instance.evidence
    storage = open_storage(services.instance, place)
    storage.aside.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="evidence-", dir=storage.aside) as folder:
        made = Path(folder) / "pack.zip"
        done = write_pack(services, subject, made, language=language, actor=actor)
        days = "" if subject.days is None else "..".join(day.isoformat() for day in subject.days)
        name = f"{subject.kind}-{days or subject.number}-{done.manifest_sha256[:16]}.zip"
        storage.keep(name, made)
    return replace(done, place=f"{place}/{name}")
