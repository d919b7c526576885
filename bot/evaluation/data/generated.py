"""Questions made of a collection's photos and categories, for when there is no question file."""

from __future__ import annotations

from bot.evaluation.data.annotations import MultipleChoiceQuestion, RecognitionQuestion
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import everyone_known, few

_LETTERS = "ABCD"


def recognition_questions(collection: Collection, shots: int, photos: int, seed: int) -> list[RecognitionQuestion]:
    """Two questions about each query: is its concept in the photo, and is another one?

    The other concept is the next one of the same category, or the next of all where there is none. The queries
    are those of `everyone_known`, at most `photos` of each concept.
    """
    questions = []
    subjects = {one.name: index for index, one in enumerate(collection.subjects)}
    for query in few(everyone_known(collection, shots, seed).queries, photos):
        index = subjects[query.subject]
        others = (*collection.subjects[index + 1 :], *collection.subjects[:index])
        category = collection.subjects[index].category
        other = next((one.name for one in others if one.category == category), others[0].name)
        for name, present in ((query.subject, True), (other, False)):
            questions.append(RecognitionQuestion(query.path, name, f"Is {name} in this photo?", present))
    return questions


def category_questions(collection: Collection) -> list[MultipleChoiceQuestion]:
    """For each concept with a category the question what it is, with up to four categories as options, no photo."""
    questions = []
    categories = sorted({one.category for one in collection.subjects if one.category})
    for number, subject in enumerate(collection.subjects):
        if not subject.category:
            continue
        others = [one for one in categories if one != subject.category]
        options = [others[(number + step) % len(others)] for step in range(min(3, len(others)))]
        right = number % (len(options) + 1)
        options.insert(right, subject.category)
        by_letter = dict(zip(_LETTERS, options, strict=False))
        questions.append(MultipleChoiceQuestion(subject.name, f"What is {subject.name}?", by_letter, _LETTERS[right]))
    return questions
