"""Numbers are read exactly or refused: no underscores, exponents, hexadecimals, and no silent rounding of money."""

from decimal import Decimal

import pytest
from intake_extracts import HEADER, ROW, changed, mapping_text

pytestmark = pytest.mark.long

QUANTITY = mapping_text().replace("amount: amount", "amount: {multiply: [Quantity, Price]}")


@pytest.mark.parametrize("cell", ["1_000", "1e5", "1E5", "-1.5e2", "0x10", " 5 5", "1.2.3", "--5", ".", "+"])
@pytest.mark.parametrize("column", ["amount", "value"])
def test_what_only_a_programming_language_calls_a_number_is_refused(stage, cell, column):
    mapping = mapping_text(more="      dunning_level: value\n")
    cells = {"amount": cell} if column == "amount" else {}
    last = cell if column == "value" else "1"
    outcome = stage([HEADER + ",value", ROW + ",1", changed(invoice_id="I2", **cells) + f",{last}"], mapping)

    (refused,) = outcome.refused()
    assert (refused["code"], refused["source_row"], refused["line"]) == ("R-NUMBER", 2, 3)


@pytest.mark.parametrize("cell", ["1234.565", "0.001", "(1.005)", "¥12.345"])
def test_an_amount_with_more_than_two_decimals_is_refused_and_not_rounded(stage, cell):
    (refused,) = stage([HEADER, changed(amount=cell)]).refused()

    assert refused["code"] == "R-NUMBER-RANGE"
    assert "more than two decimals" in refused["repair"]
    assert "map a unit" in refused["repair"]


@pytest.mark.parametrize(
    ("cell", "value"), [("12.3400", "12.34"), ("12.000", "12.00"), ("7", "7.00"), ("-.5", "-0.50")]
)
def test_zeros_behind_the_second_decimal_lose_nothing(stage, cell, value):
    (row,) = stage([HEADER, changed(amount=cell)]).accepted()

    assert row["amount"] == Decimal(value)


def test_what_the_mapping_computes_may_be_rounded(stage):
    (product,) = stage([HEADER + ",Quantity,Price", ROW + ",3,0.335"], QUANTITY).accepted()
    unit = mapping_text().replace("amount: amount", "amount: {column: amount, unit: 10000}")
    (scaled,) = stage([HEADER, changed(amount="1.23456")], unit).accepted()

    assert abs(product["amount"] - Decimal("1.005")) <= Decimal("0.005")
    assert scaled["amount"] == Decimal("12345.60")


def test_a_product_may_be_large_and_one_beyond_every_type_refuses_its_row_alone(stage):
    lines = [HEADER + ",Quantity,Price", ROW + ",553,12345", changed(invoice_id="INV2") + f",{'9' * 13},{'9' * 13}"]
    outcome = stage(lines, QUANTITY)

    assert [row["amount"] for row in outcome.accepted()] == [Decimal("6826785.00")]
    assert [(row["source_row"], row["column_name"], row["code"]) for row in outcome.refused()] == [
        (2, "amount", "R-NUMBER-RANGE")
    ]
