from riskreview.demo import names

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_credit_codes_have_right_check_characters_in_a_region_that_does_not_exist():
    for number in (10_000_019, 23_456_789, 99_999_999):
        code = names.credit_code(number)

        assert len(code) == 18
        assert code[2:8] == "999001"
        weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
        total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(code, weights, strict=False))
        assert code[17] == ALPHABET[(31 - total % 31) % 31]


def test_the_organization_part_carries_its_own_check_digit():
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    for number in range(10_000_000, 10_000_200):
        part = names.credit_code(number)[8:17]
        rest = 11 - sum(int(digit) * weight for digit, weight in zip(part, weights, strict=False)) % 11
        assert part[8] == {10: "X", 11: "0"}.get(rest, str(rest))
