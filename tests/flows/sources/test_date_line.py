from datetime import UTC, datetime

import pytest

from flows.sources.date_line import NotUnderstood, read_date_line


# Expected instants by hand: EST is UTC-5, EDT is UTC-4; ET follows the US rule (March 2024: EDT, January 2024: EST).
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Date: March 4 2024, 8:09 PM EST", datetime(2024, 3, 5, 1, 9, tzinfo=UTC)),
        ("Date: March 4, 2024 at 5:34 PM EST", datetime(2024, 3, 4, 22, 34, tzinfo=UTC)),
        ("Date: 14 June 2024, 1:40 PM EDT", datetime(2024, 6, 14, 17, 40, tzinfo=UTC)),
        ("Date: January 9, 2024, 12:11 AM EST", datetime(2024, 1, 9, 5, 11, tzinfo=UTC)),
        ("Date: January 9, 2024, 12:11 PM EST", datetime(2024, 1, 9, 17, 11, tzinfo=UTC)),
        ("Date: January 9, 2024, 4:20\u202fPM EST", datetime(2024, 1, 9, 21, 20, tzinfo=UTC)),
        ("Jun 14 2024 @ 13:40 ET", datetime(2024, 6, 14, 17, 40, tzinfo=UTC)),
        ("Jan 09 2024 @ 17:03 ET", datetime(2024, 1, 9, 22, 3, tzinfo=UTC)),
        ("Date: 14 de mayo de 2024, 9:45 GMT-4", datetime(2024, 5, 14, 13, 45, tzinfo=UTC)),
        ("Date: 14 de mayo de 2024, 3:45 p. m. GMT-4", datetime(2024, 5, 14, 19, 45, tzinfo=UTC)),
        ("Date: 9 декабря 2024 г. в 13:49 GMT-5", datetime(2024, 12, 9, 18, 49, tzinfo=UTC)),
        ("Date: 9. Dezember 2024 um 13:49 GMT-5", datetime(2024, 12, 9, 18, 49, tzinfo=UTC)),
        ("Date: 9 décembre 2024 à 13:49 UTC−5", datetime(2024, 12, 9, 18, 49, tzinfo=UTC)),
        ("Date: 9 dicembre 2024 alle ore 22:49 GMT+1", datetime(2024, 12, 9, 21, 49, tzinfo=UTC)),
        ("Date: 9 de dezembro de 2024 às 13:49 GMT-5", datetime(2024, 12, 9, 18, 49, tzinfo=UTC)),
        ("Date: 9 december 2024 om 03:19 GMT+5:30", datetime(2024, 12, 8, 21, 49, tzinfo=UTC)),
    ],
)
def test_a_date_line_is_read_in_the_language_it_was_downloaded_in(line: str, expected: datetime) -> None:
    assert read_date_line(line) == expected


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Date: 9 joulukuuta 2024, 13:49 GMT-5", "joulukuuta"),
        ("Date: 12/09/2024, 13:49 GMT-5", "12/09/2024"),
        ("Date: 9 December 2024, 13:49", "time zone"),
        ("Date: 9 December 2024 GMT-5", "time of day"),
        ("Date: 9 December, 13:49 GMT-5", "one day, one month and one year"),
        ("Date: 9 December 10 2024, 13:49 GMT-5", "one day, one month and one year"),
        ("Date: 31 February 2024, 13:49 GMT-5", "day"),
        ("Date: 9 December 2024, 13:49 PM EST", "13:49 PM"),
        ("Date: 9 December 2024, 25:10 GMT-5", "hour"),
        ("Date: 9 December 2024, 13:49 GMT-99", "GMT-99"),
        ("", "time zone"),
    ],
)
def test_a_date_line_with_one_unknown_part_is_not_guessed_at(line: str, what: str) -> None:
    with pytest.raises(NotUnderstood, match=what):
        read_date_line(line)
