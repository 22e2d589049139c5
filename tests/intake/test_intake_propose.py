"""Checking a file and proposing a mapping for one nobody has described."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from intake_extracts import HEADER, ROW, changed, mapping_text, workbook

from riskreview.foundation.errors import BadInput
from riskreview.intake.check import check_file
from riskreview.intake.guess import column_names, guess_dates, guess_decimal
from riskreview.intake.propose import propose_mapping
from riskreview.policy.datasets import DATASETS, STATEMENT_ITEMS
from riskreview.policy.mapping import Mapping
from riskreview.policy.mapping_checks import load_mapping

KINGDEE = """应收单列表
打印日期：2026-06-30
单据编号;单据类型;业务日期;到期日;客户编码;客户名称;币别;价税合计;未收款金额
AR1;标准应收单;2026/6/1;2026/7/1;C1;上海某某公司;CNY;1.234,50;0,00
AR2;标准应收单;2026/6/2;2026/7/2;C2;北京公司;CNY;2.000,00;1,5
合计;;;;;;;3.234,50;
"""
SAP = "Debitor\tBelegnummer\tBelegart\tBelegdatum\tNettofälligkeit\tBetrag in Belegwährung\tWährung\n4711\t1\tRV\t31.12.2025\t31.01.2026\t1.234,56\tEUR\n"
PAYMENTS = (
    "Receipt Number,Customer Number,Receipt Date,Amount,Currency\nP1,C1,12/31/2025,10.5,USD\nP2,C1,01/15/2026,11,USD\n"
)


def propose(tmp_path: Path, name: str, content: bytes) -> Mapping:
    path = tmp_path / name
    path.write_bytes(content)
    target = tmp_path / "proposed.yaml"
    target.write_text(propose_mapping(path, currency="EUR").yaml, encoding="utf-8")
    return load_mapping(target)


def test_a_chinese_erp_list_is_recognised(tmp_path):
    mapping = propose(tmp_path, "应收_20260630.csv", KINGDEE.encode("gb18030"))

    read = mapping.read
    assert (read.encoding, read.delimiter, read.header_row, read.decimal, read.thousands, read.dates) == (
        "gb18030",
        ";",
        3,
        ",",
        ".",
        ("%Y/%m/%d",),
    )
    assert read.totals
    assert (read.totals.column, read.totals.values) == ("单据编号", ("合计",))
    assert mapping.delivery.as_of.from_name
    columns = {name: pick.column for name, pick in mapping.datasets["invoices"].columns.items()}
    assert columns == {"invoice_id": "单据编号", "customer_id": "客户编码", "doc_type": "单据类型", "issue_date": "业务日期",
                       "due_date": "到期日", "currency": "币别", "amount": "价税合计", "open_amount": "未收款金额"}  # fmt: skip


def open_items(*rows: str) -> bytes:
    head = "Konto;Debitor;Belegnummer;Belegdatum;Fälligkeit;WKZ;Umsatz;Offener Betrag;S/H"
    return ("\r\n".join([head, *rows]) + "\r\n").encode("cp1252")


ITEMS = (
    "10001;Müller GmbH;RE-1;03.02.2026;05.03.2026;EUR;12.345,67;12.345,67;S",
    "10002;Total Energie;RE-2;03.02.2026;05.03.2026;EUR;99,90;9,90;S",
)


def test_a_german_list_of_open_items_with_sums_of_accounts_is_recognised_and_its_sums_are_named(tmp_path):
    sums = ("Summe 10001;;;;;;12.345,67;12.345,67;", "*** Gesamtsumme;;;;;;12.445,57;12.355,57;")
    (tmp_path / "op.csv").write_bytes(open_items(*ITEMS, *sums))

    mapping, notes = (
        propose(tmp_path, "op.csv", open_items(*ITEMS, *sums)),
        propose_mapping(tmp_path / "op.csv", currency="EUR").notes,
    )

    columns = {name: pick.column for name, pick in mapping.datasets["invoices"].columns.items() if pick.column}
    assert columns == {"invoice_id": "Belegnummer", "customer_id": "Konto", "issue_date": "Belegdatum", "due_date": "Fälligkeit",
                       "currency": "WKZ", "amount": "Umsatz", "open_amount": "Offener Betrag"}  # fmt: skip
    assert mapping.datasets["customers"].columns["name"].column == "Debitor"
    assert (mapping.read.totals.column, mapping.read.totals.values, mapping.read.totals.starts) == (
        "Konto",
        ("*** Gesamtsumme",),
        ("Summe ",),
    )
    assert "Rows with “*** Gesamtsumme”, “Summe” in Konto were taken for totals and are left out." in notes


def test_a_company_called_like_a_total_is_none(tmp_path):
    rows = [line.replace("10001;Müller GmbH", "Total Energie;10001").replace("10002;", "10002;") for line in ITEMS]

    assert propose(tmp_path, "op.csv", open_items(*rows, "Total Energie Nord;;;;;;1,00;1,00;")).read.totals is None


def test_no_account_number_is_taken_for_an_amount_nobody_named(tmp_path):
    content = "Invoice Number,Customer Number,Region,Invoice Date,Due Date,Currency,Worth\nI1,C1,North,2026-01-05,2026-02-05,EUR,10.50\n"

    assert propose(tmp_path, "invoices.csv", content.encode()).datasets["invoices"].columns["amount"].column == "Worth"


def test_a_german_sap_list_is_recognised(tmp_path):
    mapping = propose(tmp_path, "fbl5n.txt", SAP.encode("cp1252"))

    assert (mapping.read.encoding, mapping.read.separator, mapping.read.decimal, mapping.read.dates) == (
        "cp1252",
        "\t",
        ",",
        ("%d.%m.%Y",),
    )
    assert mapping.datasets["invoices"].columns["due_date"].column == "Nettofälligkeit"


def test_a_number_is_taken_for_the_customer_before_a_name_and_known_document_types_are_mapped(tmp_path):
    content = "Belegnr.;Kundennr.;Kunde;Belegart;Belegdatum;Fällig am;Währung;Rechnungsbetrag\n1;07;Müller;Rechnung;31.12.2025;30.01.2026;EUR;1,5\n2;07;Müller;Storno;31.12.2025;30.01.2026;EUR;1,5\n"
    columns = propose(tmp_path, "offene_posten.csv", content.encode()).datasets["invoices"].columns

    assert (columns["invoice_id"].column, columns["customer_id"].column) == ("Belegnr.", "Kundennr.")
    assert columns["doc_type"].map == {"Rechnung": "invoice"}, "what nobody knows stays for a person"


def test_a_proposed_source_is_named_without_the_date_of_its_first_file(tmp_path):
    assert propose(tmp_path, "fbl5n_20260930.txt", SAP.encode()).source == "fbl5n"


@pytest.mark.parametrize(
    ("name", "header", "row", "amount", "issued"),
    [
        ("qb_invoice.csv", "id,customer_id,currency_id,total_amount,transaction_date", "1,7,USD,10.50,2026-01-05", "total_amount", "transaction_date"),
        ("fbl5n.csv", "Customer;Document Number;Document Date;Amount in local currency;Currency", "7;1;05.01.2026;10,50;EUR", "Amount in local currency", "Document Date"),
        ("应收.csv", "客户编码,单据号,单据日期,币种,本币金额", "7,1,2026-01-05,CNY,10.50", "本币金额", "单据日期"),
    ],
)  # fmt: skip
def test_the_amount_and_date_of_other_systems_are_recognised(tmp_path, name, header, row, amount, issued):
    columns = propose(tmp_path, name, f"{header}\n{row}\n".encode()).datasets["invoices"].columns

    assert (columns["amount"].column, columns["issue_date"].column) == (amount, issued)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Código cliente;Cliente;Nº factura;Fecha factura;Vencimiento;Importe;Pendiente;Divisa", "43;Peña;F1;05/01/2026;06/03/2026;1.234,50;0,00;EUR"),
        ("Code client;Raison sociale;N° facture;Date de facture;Échéance;Montant TTC;Reste dû;Devise", "43;Félix;F1;05/01/2026;06/03/2026;1 234,50;0,00;EUR"),
        ("Codice cliente;Ragione sociale;N. fattura;Data fattura;Scadenza;Importo;Residuo;Valuta", "43;Felice;F1;05/01/2026;06/03/2026;1.234,50;0,00;EUR"),
        ("Código do cliente;Razão social;Nº Fatura;Data de emissão;Vencimento;Valor;Saldo em aberto;Moeda", "43;Feliz;F1;05/01/2026;06/03/2026;1.234,50;0,00;BRL"),
        ("Debiteurnr.;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Factuurbedrag;Openstaand;Valuta", "43;Jansen;F1;05-01-2026;06-03-2026;1.234,50;0,00;EUR"),
        ("Kundenr;Kundenavn;Fakturanr;Fakturadato;Forfallsdato;Fakturabeløp;Restbeløp;Valuta", "43;Ødegård AS;F1;05.01.2026;06.03.2026;1 234,50;0,00;NOK"),
        ("Kundnummer;Företagsnamn;Fakturanummer;Fakturadatum;Förfallodatum;Fakturabelopp;Kvarstående belopp;Valuta", "43;Åberg AB;F1;2026-01-05;2026-03-06;1 234,50;0,00;SEK"),
        ("Debitornr.;Navn;Fakturanr.;Bogføringsdato;Forfaldsdato;Beløb;Udestående;Valutakode", "43;Sørensen ApS;F1;05-01-2026;06-03-2026;1.234,50;0,00;DKK"),
        ("Kod kontrahenta;Nazwa kontrahenta;Nr faktury;Data wystawienia;Termin płatności;Kwota brutto;Pozostało do zapłaty;Waluta", "43;Łódź Sp. z o.o.;F1;05.01.2026;06.03.2026;1 234,50;0,00;PLN"),
        ("得意先コード;得意先名;請求番号;請求日;支払期日;請求金額;未収金額;通貨", "43;山田商店;F1;2026/01/05;2026/03/06;1,234;0;JPY"),
    ],
    ids=["Spanish", "French", "Italian", "Portuguese", "Dutch", "Norwegian", "Swedish", "Danish", "Polish", "Japanese"],
)  # fmt: skip
def test_a_list_of_invoices_in_another_language_is_recognised(tmp_path, header, row):
    mapping = propose(tmp_path, "export.csv", f"{header}\n{row}\n".encode())

    read = {name: pick.column for name, pick in mapping.datasets["invoices"].columns.items() if pick.column}
    wanted = ("customer_id", "name", "invoice_id", "issue_date", "due_date", "amount", "open_amount", "currency")
    assert read == {name: column for name, column in zip(wanted, header.split(";"), strict=True) if name != "name"}
    assert mapping.datasets["customers"].columns["name"].column == header.split(";")[1]


def test_a_file_that_names_no_currency_is_in_the_one_the_instance_reports_in(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text(
        "Invoice No,Customer No,Invoice Date,Due Date,Amount\nF1,43,2026-01-05,2026-03-06,10.50\n", encoding="utf-8"
    )

    assert "currency: {constant: NOK}   # CHECK" in propose_mapping(path, currency="NOK").yaml


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_a_payment_list_is_recognised_packed_or_not(tmp_path, wrap):
    mapping = propose(tmp_path, "receipts.csv", wrap(PAYMENTS.encode()))

    assert mapping.read.dates == ("%m/%d/%Y",)
    assert mapping.datasets["payments"].columns["payment_date"].column == "Receipt Date"


def test_a_workbook_and_json_lines_are_recognised(tmp_path):
    def build(book) -> None:
        sheet = book.add_worksheet("Kunden")
        sheet.write(0, 0, "Kundenliste")
        sheet.write_row(2, 0, ["Kundennummer", "Kundenname", "Land"])
        sheet.write_row(3, 0, ["007", "Müller", "DE"])

    mapping = propose(tmp_path, "kunden.xlsx", workbook(build))
    assert (mapping.read.sheet, mapping.read.header_row, mapping.stage) == ("Kunden", 3, "crm")
    assert mapping.datasets["customers"].columns["name"].column == "Kundenname"

    lines = propose(tmp_path, "accounts.jsonl", b'{"account_id": "A1", "name": "One", "owner": {"id": 7}}\n')
    assert lines.read.format == "jsonl"
    assert lines.datasets["customers"].columns["customer_id"].column == "account_id"


def test_dates_that_read_both_ways_are_marked_for_a_person(tmp_path):
    path = tmp_path / "receipts.csv"
    path.write_text(PAYMENTS.replace("12/31/2025", "01/02/2026").replace("01/15", "03/04"), encoding="utf-8")

    assert any("swapped" in note for note in propose_mapping(path, currency="EUR").notes)
    assert not guess_dates(["01/02/2026"]).is_certain
    assert guess_dates(["01/02/2026", "13/02/2026"]).is_certain


@pytest.mark.parametrize(
    ("values", "style"),
    [(["1.234"], (".", "", False)), (["1,234.50"], (".", ",", True)), (["1.234,50"], (",", ".", True)), (["12", "7"], (".", "", True)),
     (["1234,5"], (",", "", True)), (["10.5"], (".", "", True)), (["1 234,50", "7"], (",", " ", True)), (["12\u202f345,00"], (",", " ", True)),
     (["1'234.50"], (".", "'", True)), (["1 234"], (".", " ", True))],
)  # fmt: skip
def test_the_decimal_style_needs_proof(values, style):
    assert guess_decimal(values) == style


def test_a_check_names_every_problem_and_stores_nothing(instance, tmp_path):
    path = tmp_path / "receivables_1.csv"
    path.write_text("\n".join([HEADER, ROW, changed(amount="x"), changed(customer_id="")]) + "\n", encoding="utf-8")
    (instance.home / "mappings" / "receivables.yaml").write_text(mapping_text(), encoding="utf-8")

    report = check_file(instance, path)

    assert (report.source_id, report.is_loadable, report.proposed) == ("receivables", True, False)
    assert [(p.line, p.column, p.code) for p in report.problems] == [
        (3, "amount", "R-NUMBER"),
        (4, "customer_id", "R-REQUIRED"),
    ]
    assert {c.column: c.refused for c in report.columns if c.refused} == {"amount": 1, "customer_id": 1}
    assert not list((instance.home / "raw").iterdir())
    assert not list(instance.staging.iterdir())


def test_a_check_of_an_unknown_file_uses_the_proposal(instance, tmp_path):
    path = tmp_path / "receipts.csv"
    path.write_text(PAYMENTS, encoding="utf-8")
    report = check_file(instance, path)

    assert (report.proposed, report.is_loadable, report.datasets[0].accepted) == (True, True, 2)
    assert isinstance(report.as_of, date)


@pytest.mark.parametrize(
    ("content", "code"), [("", "E-FILE-EMPTY"), (HEADER + "\n", "E-BATCH-EMPTY"), ("a,b\n1,2\n", "E-HEADER")]
)
def test_a_check_says_why_a_file_cannot_load(instance, tmp_path, content, code):
    path, mapping = tmp_path / "receivables.csv", tmp_path / "m.yaml"
    path.write_text(content, encoding="utf-8")
    mapping.write_text(mapping_text(), encoding="utf-8")
    report = check_file(instance, path, mapping)

    assert not report.is_loadable
    assert report.problem.startswith(code)


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03" * 50, b"%PDF-1.7", b"\n\n"])
def test_what_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        propose_mapping(path, currency="EUR")


def test_the_known_names_cover_every_dataset_and_only_real_columns():
    names = column_names()
    assert set(names.columns) == set(DATASETS) == set(names.signs)
    for dataset, columns in names.columns.items():
        assert set(columns) <= {column.name for column in DATASETS[dataset].columns}
        assert {column.name for column in DATASETS[dataset].columns if column.required} <= set(columns)
    assert set(names.items) <= set(STATEMENT_ITEMS)
