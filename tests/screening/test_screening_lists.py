"""Lists in the formats they are published in become the same entries; what is broken is refused and clears nobody."""

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.policy.screening_policy import load_screening_policy
from riskreview.screening.entry import Kind, ListEntry, plain_identifier
from riskreview.screening.list_files import ListFiles, find_files, read_entries
from riskreview.screening.lists import eu, ofac, table, un

SDN = b"""101,"NORTHERN LIGHT TRADING LLC",-0- ,"IRAN] [SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Registration ID 1234567890 (Russia); Tax ID No. 77-1234 (Russia)."
102,"DOE, John",individual,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 01 Jan 1960; nationality Cuba; Passport A123 (Cuba)."
103,"SEA STAR",vessel,"SYRIA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
"""
ALT = b"""101,1,"aka","SEVERNY SVET OOO",-0-\n\x1a"""
ADD = b"""101,1,"1 Lenin St","Moscow","Russia",-0-\n"""
UN = b"""<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-01-01"><INDIVIDUALS><INDIVIDUAL><DATAID>11</DATAID><FIRST_NAME>JANE</FIRST_NAME>
<SECOND_NAME>ROE</SECOND_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><NATIONALITY><VALUE>Democratic People's Republic of Korea</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><ALIAS_NAME>J. ROW</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_DOCUMENT><NUMBER>PP-998877</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY><DATAID>22</DATAID><FIRST_NAME>GREEN RIVER MINING</FIRST_NAME>
<ENTITY_ALIAS><ALIAS_NAME>GRM</ALIAS_NAME></ENTITY_ALIAS><ENTITY_ADDRESS><COUNTRY>Congo, Democratic Republic of the</COUNTRY></ENTITY_ADDRESS>
</ENTITY></ENTITIES></CONSOLIDATED_LIST>"""
EU = b"""<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-01-01"><sanctionEntity euReferenceNumber="EU.1.22" logicalId="1">
<regulation programme="BLR"/><subjectType code="enterprise" classificationCode="E"/><nameAlias wholeName="Blue Crane JSC"/>
<nameAlias wholeName="Siniy Kran OAO"/><address countryIso2Code="BY"/><identification number="190 123 456" countryIso2Code="BY"/>
</sanctionEntity><sanctionEntity euReferenceNumber="EU.2.33" logicalId="2"><subjectType code="person" classificationCode="P"/>
<nameAlias wholeName="Max Mustermann"/><citizenship countryIso2Code="00"/></sanctionEntity></export>"""
EU_LINES = """\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_Regulation_Programme;NameAlias_LastName;\
NameAlias_FirstName;NameAlias_MiddleName;NameAlias_WholeName;Address_CountryIso2Code;Citizenship_CountryIso2Code;Identification_Number;Identification_CountryIso2Code
01/01/2026;1;EU.1.22;enterprise;BLR;;;;Blue Crane JSC;;;;
01/01/2026;1;EU.1.22;enterprise;BLR;;;;Siniy Kran OAO;;;;
01/01/2026;1;EU.1.22;enterprise;BLR;;;;;BY;;;
01/01/2026;1;EU.1.22;enterprise;BLR;;;;;;;190 123 456;BY
01/01/2026;2;EU.2.33;P;;Mustermann;Max;;;;00;;
"""
OWN = b"id,name,other_names,kind,countries,identifiers\n1,Alpha GmbH,Alfa GmbH; Alpha Handel,,Germany;AT,DE 123456789\n"


def used(instance: Instance) -> list[ListFiles]:
    files = (find_files(instance, item) for item in load_screening_policy(instance).lists)
    return [found for found in files if found is not None]


def by_id(entries: Iterator[ListEntry]) -> Mapping[str, ListEntry]:
    return {item.entry_id: item for item in entries}


def test_ofac_files_are_joined_by_number_and_minus_zero_is_nothing() -> None:
    found = by_id(ofac.read({"sdn": SDN, "alt": ALT, "add": ADD}))

    assert found["101"] == ListEntry("101", Kind.ENTITY, ("NORTHERN LIGHT TRADING LLC", "SEVERNY SVET OOO"), ("RU",),
                                     ("1234567890", "771234"), ("IRAN", "SDGT"))  # fmt: skip
    assert (found["102"].kind, found["102"].countries) == (Kind.PERSON, ("CU",))
    assert found["103"].kind is Kind.VESSEL


def test_the_united_nations_list_gives_entities_and_persons() -> None:
    found = by_id(un.read({"consolidated": UN}))

    assert found["11"] == ListEntry("11", Kind.PERSON, ("JANE ROE", "J. ROW"), ("KP",), ("PP998877",), ("DPRK",))
    assert (found["22"].names, found["22"].countries) == (("GREEN RIVER MINING", "GRM"), ("CD",))


def test_the_european_list_is_read_in_its_namespace() -> None:
    found = by_id(eu.read({"full": EU}))

    assert found["EU.1.22"] == ListEntry(
        "EU.1.22", Kind.ENTITY, ("Blue Crane JSC", "Siniy Kran OAO"), ("BY",), ("190123456",), ("BLR",)
    )
    assert (found["EU.2.33"].kind, found["EU.2.33"].countries) == (Kind.PERSON, ())
    assert by_id(eu.read({"full": EU_LINES.encode()})) == found, "its CSV says the same"
    parts = EU.replace(b'wholeName="Max Mustermann"', b'wholeName="" firstName="Max" lastName="Mustermann"')
    assert by_id(eu.read({"full": parts})) == found, "a name in parts is a name"


def test_a_list_of_ones_own_separates_by_semicolons() -> None:
    found = by_id(table.read({"own": OWN}))

    assert found["1"] == ListEntry(
        "1", Kind.ENTITY, ("Alpha GmbH", "Alfa GmbH", "Alpha Handel"), ("DE", "AT"), ("DE123456789",)
    )


@pytest.mark.parametrize(
    ("text", "wanted"), [("91 3100-00 ab12", "91310000AB12"), ("12", ""), ("ABCDEF", ""), ("１２３４５", "12345")]
)
def test_only_numbers_long_enough_to_tell_somebody_apart_are_compared(text: str, wanted: str) -> None:
    assert plain_identifier(text) == wanted


@pytest.mark.parametrize(
    ("folder", "files", "code"),
    [
        ("ofac_sdn", {"alt.csv": ALT}, "E-LIST-FORMAT"),
        ("ofac_sdn", {"sdn.csv": SDN[:300]}, "E-LIST-FORMAT"),
        ("un", {"list.xml": UN[:-60]}, "E-LIST-FORMAT"),
        ("un", {"list.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "E-XML-ENTITY"),
        ("eu", {"list.xml": b"<export/>"}, "E-LIST-EMPTY"),
        ("eu", {"list.csv": b"id,name\n1,A\n"}, "E-LIST-FORMAT"),
        ("eu", {"list.csv": EU_LINES.encode("utf-16")}, "E-ENCODING"),
        ("own", {"own.csv": b"id,nam\n1,A\n"}, "E-LIST-FORMAT"),
        ("own", {"own.csv": b"id,name\n1,Alpha AG\n1,Beta AG\n"}, "E-LIST-DUPLICATE"),
        ("own", {"own.csv": b"id,name\n,Alpha AG\n"}, "E-LIST-FORMAT"),
        ("own", {"own.csv": "id,name\n1,Zürich AG\n".encode("latin-1")}, "E-ENCODING"),
        ("own", {"own.csv.gz": gzip.compress(OWN)[:40]}, "E-ARCHIVE-DAMAGED"),
    ],
)  # fmt: skip
def test_a_broken_list_is_refused_with_its_code(
    instance: Instance, folder: str, files: dict[str, bytes], code: str
) -> None:
    place = instance.home / "lists" / folder
    place.mkdir(parents=True)
    for name, data in files.items():
        (place / name).write_bytes(data)

    with pytest.raises(BadInput) as caught:
        [read_entries(found) for found in used(instance)]

    assert caught.value.code == code


def test_gzip_is_read_and_a_list_without_files_is_not_used(instance: Instance) -> None:
    place = instance.home / "lists" / "own"
    place.mkdir(parents=True)
    (place / "own.csv.gz").write_bytes(gzip.compress(OWN))

    [found] = used(instance)

    assert [item.names[0] for item in read_entries(found)] == ["Alpha GmbH"]


@pytest.mark.real_data
def test_the_published_ofac_list_is_read_whole(real_data: Path) -> None:
    folder = real_data / "ofac_sanctions"
    files = {name: gzip.decompress((folder / f"{name}.csv.gz").read_bytes()) for name in ("sdn", "alt", "add")}

    found = list(ofac.read(files))

    assert len({item.entry_id for item in found}) == len(files["sdn"].split(b"\n"))
    assert sum(bool(item.countries) for item in found) > len(found) / 2
    assert sum(bool(item.identifiers) for item in found) > 500
    assert all(item.names and item.names[0] for item in found)
