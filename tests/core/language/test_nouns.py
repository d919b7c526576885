import pytest

from core.language.nouns import article


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("dog", "a dog"),
        ("owl", "an owl"),
        ("scissors", "a pair of scissors"),
        ("glasses", "a pair of glasses"),
        ("pink sunglasses", "a pair of pink sunglasses"),
        ("wine glass", "a wine glass"),
        ("unicorn", "a unicorn"),
        ("uninvited guest", "an uninvited guest"),
        ("ukulele", "a ukulele"),
        ("hourglass", "an hourglass"),
        ("umbrella", "an umbrella"),
        ("European badger", "a European badger"),
    ],
)
def test_a_noun_has_the_article_that_people_give_it(noun: str, said: str) -> None:
    assert article(noun) == said
