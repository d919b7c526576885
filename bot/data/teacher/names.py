"""Names for subjects that have none: drawn by a seed, and like nothing else that the build speaks of."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count

from bot.data.prompts import is_mark
from bot.data.records import Crop
from bot.data.samples import Value
from bot.data.teacher.kinds import SortOf, is_kind, sort_of
from core.errors import BadName, UserError
from core.names import check_category, clean, fold

# First names that are no common English word, most of them the same in several languages.
_PEOPLE_LINES = """
    Aaron Adele Aisha Akira Alba Alejandro Alina Amina Anders Andrea Anika Anton Antonia Arjun Astrid Beatrice
    Benedict Benjamin Bianca Bruno Camila Carlos Carmen Caroline Cecilia Chiara Clara Conrad Daniel Daria Davide
    Dennis Diego Dmitri Dorothea Edgar Elena Elias Elisa Emilia Emil Enrico Erik Esther Fabian Fatima Federico Felix
    Fernanda Filip Fiona Florian Francesca Frederik Gabriel Giulia Gustav Hamid Hannah Harald Helena Henrik Hiroshi
    Hugo Ibrahim Ines Ingrid Isabel Ivan Jakob Jamal Jana Jasper Javier Joanna Johanna Jonas Jorge Josefine Julian
    Kai Karim Katarina Kenji Klara Konstantin Lara Lars Laura Leila Leon Leonie Linnea Lorenzo Lucas Lucia Ludwig
    Luisa Magdalena Malik Manuel Marcel Margarita Mariana Mario Marta Martin Mateo Matilda Mei Mehmet Michaela
    Miguel Mikael Milan Mira Nadia Naomi Natasha Nicolas Nikita Nils Nora Octavia Oleg Oliver Omar Oskar Pablo
    Patricia Pavel Pedro Petra Philipp Priya Rafael Rajesh Ramona Raquel Rebecca Renata Ricardo Roberta Rodrigo
    Roland Samira Samuel Sandra Santiago Sara Sebastian Selma Sergei Sofia Sonia Stefan Sven Svetlana Tamara Tatiana
    Theodor Theresa Thomas Timur Tobias Tomas Ulrike Ursula Valentina Vanessa Vera Veronika Viktor Vincent Vivian
    Werner Wilhelm Yara Yusuf Yuki Zainab Zoe
"""
PEOPLE = tuple(_PEOPLE_LINES.split())
_PETS_LINES = """
    Akiro Balou Bambino Barko Bello Benji Bibo Bobik Bruno Chica Chico Cosmo Dobby Fido Filou Finn Floki Gizmo Gogo
    Gus Hachiko Idefix Indy Jojo Kiba Kiki Kimba Kira Koko Laika Loki Lola Lulu Luna Maja Mika Milo Mimi Minka Mitzi
    Momo Nala Nanuk Nero Nika Nino Nori Osito Pablo Paco Pauli Peppi Pico Pippa Polly Pongo Rex Rocco Romy Rufus
    Salem Sirius Susi Tika Tinka Tito Trixi Tuto Waldi Wanda Xena Yoshi Zazu Zelda Ziggy
"""
PETS = tuple(_PETS_LINES.split())
# First names that others have all the same: what a teacher must not write, beside those above.
_OTHER_PEOPLE_LINES = """
    Alex Alexander Alice Amanda Amy Andrew Angela Anna Anthony Ashley Barbara Betty Brian Charles Charlie Chris
    Christopher Cynthia David Deborah Donald Edward Elizabeth Emily Emma Eric Ethan George Heather Helen Henry Jack
    Jacob James Jane Jason Jeffrey Jennifer Jessica John Jonathan Joseph Joshua Karen Kate Kathleen Kevin Kimberly
    Larry Linda Lisa Margaret Maria Mary Matthew Megan Melissa Michael Michelle Nancy Nathan Nicole Noah Olivia
    Pamela Paul Peter Rachel Richard Robert Ronald Ryan Sarah Scott Sharon Sophia Stephanie Stephen Steven Susan
    Timothy William
"""
OTHER_PEOPLE = tuple(_OTHER_PEOPLE_LINES.split())
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_WORD = re.compile(r"\w+")


class SubjectCrops(Value):
    """All crops of one subject, under the name that it has in this build."""

    subject: str
    name: str
    category: str = ""
    crops: tuple[Crop, ...]


def by_subject(crops: Sequence[Crop], seed: int = 0) -> list[SubjectCrops]:
    """The crops by subject, in the order of each one's first, with a name that no other subject of the build has.

    The name is the one that most of its views are given, cleaned; drawn for a subject that is given none, none that can
    be one, one that another subject has already, a mark of prompts, or one that is only what such things are called.
    The category is what more than half of its views are given: a detector that calls each view something else knows
    nothing.
    """
    groups: dict[str, list[Crop]] = {}
    for one in crops:
        groups.setdefault(one.subject, []).append(one)
    categories = {
        subject: _most((as_category(one.category) for one in group), 0.5) for subject, group in groups.items()
    }
    names: dict[str, str] = {}
    taken: set[str] = set()
    for subject, group in groups.items():
        given = _most(map(as_name, (one.name for one in group)))
        if is_kind(given):
            categories[subject] = fold(given)
        elif given and fold(given) not in taken and not is_mark(given):
            names[subject] = given
            taken.add(fold(given))
    texts = (
        text
        for one in crops
        for text in (one.category, one.info, *one.phrases, *one.captions, *(other.category for other in one.others))
    )
    taken |= {word for text in texts for word in _WORD.findall(fold(text))}
    for subject in groups:
        if subject not in names:
            drawn = draw(sort_of(categories[subject]), f"{seed} {subject}", taken)
            names[subject] = drawn
            taken.add(fold(drawn))
    return [
        SubjectCrops(subject=subject, name=names[subject], category=categories[subject], crops=tuple(group))
        for subject, group in groups.items()
    ]


def renamings(subjects: Iterable[SubjectCrops]) -> list[str]:
    """Sentences about names that were given and couldn't be used, so that others were drawn."""
    marks = namesakes = 0
    for one in subjects:
        given = _most(map(as_name, (crop.name for crop in one.crops)))
        if given and given != one.name and not is_kind(given):
            marks, namesakes = marks + is_mark(given), namesakes + (not is_mark(given))
    told = {
        "another subject has theirs": namesakes,
        "theirs are marks of prompts": marks,
    }
    return [
        f"names: {count} {'subject has a name' if count == 1 else 'subjects have names'} drawn for want of their own, "
        f"as {why}; descriptions.jsonl has the names."
        for why, count in told.items()
        if count
    ]


def draw(sort: SortOf | None, seed: str, taken: set[str]) -> str:
    """A name for a person, an animal or a thing that isn't among the folded words and names of `taken`.

    Where the lists are at an end, and for things, it is made of two or more syllables.
    """
    choice = random.Random(seed)  # noqa: S311 - no secret
    listed = {"person": PEOPLE, "animal": PETS}.get(sort or "", ())
    for name in choice.sample(listed, len(listed)):
        if fold(name) not in taken:
            return name
    for tried in count():
        syllables = 2 + (tried > 20) + tried // 500
        made_up = "".join(choice.choice(_CONSONANTS) + choice.choice(_VOWELS) for _ in range(syllables))
        if made_up not in taken and not is_kind(made_up):
            return made_up.capitalize()
    raise AssertionError


def as_name(text: str) -> str:
    """A name that a source gives as it may be used, "" for none that can be one."""
    try:
        return clean(text)
    except BadName:
        return ""


def as_category(text: str) -> str:
    """A category that a source or a teacher gives as it may be used: short, lower case, "" for none that can be one."""
    try:
        return fold(check_category(text.strip(" .")) or "")
    except UserError:
        return ""


def _most(given: Iterable[str], share: float = 0.0) -> str:
    """The one that is given most often, and more often than `share`, but for empty ones."""
    counted = Counter(given)
    best = max(filter(None, counted), key=lambda one: counted[one], default="")
    return best if counted[best] > share * counted.total() else ""
