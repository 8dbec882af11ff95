from __future__ import annotations

import pytest

from bot.parsing.office.number_formats import BUILT_IN, general, number_format

ACCOUNTING = r'_("$"* #,##0.00_);_("$"* \(#,##0.00\);_("$"* "-"??_);_(@_)'


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("0.0%", 0.153, "15.3%"),
        ("#,##0", 1234567.891, "1,234,568"),
        ("0.00", 2.675, "2.68"),  # away from zero, as Excel rounds
        ("0.00", -0.001, "0.00"),
        ("#,##0;[Red](#,##0)", -5, "(5)"),
        ("0.0", -5, "-5.0"),
        (ACCOUNTING, 1234.5, "$1,234.50"),
        (ACCOUNTING, -1234.5, "$(1,234.50)"),
        (ACCOUNTING, 0, "$-"),
        ("[$₩-412]#,##0", 15000, "₩15,000"),
        ('#,##0"원"', 15000, "15,000원"),
        ("#,##0,", 12_000_000, "12,000"),
        ("000", 5, "005"),
        ("000-0000-0000", 1012345678, "010-1234-5678"),
        ("###-##-#####", 1234567890, "123-45-67890"),
        ("[<=9999999]###-####;(###) ###-####", 5551234, "555-1234"),
        ("0.00E+00", 12345.678, "1.23E+04"),
        ("# ?/?", 0.5, "0.5"),
        ("General", 0.1 + 0.2, "0.3"),
        ("@", 7, "7"),
        ("0.00", 1e300, "1e+300"),
    ],
)
def test_a_number_is_shown_as_its_code_says(code: str, value: float, shown: str) -> None:
    assert number_format(code)(value) == shown


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        (BUILT_IN[14], 45000, "2023-03-15"),
        ("m/d/yy h:mm;@", 45000.75, "2023-03-15 18:00"),  # 3/5 is two days to two readers
        ("yy. m. d", 45000, "2023-03-15"),
        ('yyyy"년" m"월" d"일"', 45000, "2023년 3월 15일"),
        ("yyyy-mm-dd(aaa)", 45000, "2023-03-15(수)"),
        ("mmm-yy", 45000, "Mar-23"),
        ("[$-412]AM/PM h:mm", 45000.75, "PM 6:00"),
        ("[h]:mm:ss", 1.5, "36:00:00"),
        ("h:mm", 0.25, "6:00"),
        ("yyyy-mm-dd", 1, "1900-01-01"),
        ("yyyy-mm-dd", 1e10, "10000000000"),
    ],
)
def test_a_date_is_shown_as_its_code_says_or_so_that_it_is_one_day_only(
    code: str, value: float, shown: str
) -> None:
    assert number_format(code)(value) == shown


def test_the_calendar_of_old_macintoshes_begins_in_1904() -> None:
    assert number_format("yyyy-mm-dd", True)(0) == "1904-01-01"


@pytest.mark.parametrize("value", [0.0, -0.0, 1e-300, 1e308, -7.25, 45000.123456])
@pytest.mark.parametrize(
    "code", ["", ";", ";;;", "[", '"', "\\", "0.", ".", ",", "[h", "%%", "E+00", "y" * 300, "?/"]
)
def test_no_code_breaks_the_reader(code: str, value: float) -> None:
    assert isinstance(number_format(code)(value), str)


def test_a_number_without_a_format_is_as_it_was_typed() -> None:
    assert [general(value) for value in (3.0, -2.5, 1e15, 1e20)] == ["3", "-2.5", "1000000000000000", "1e+20"]
