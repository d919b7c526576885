"""What people ask about a photo, and how a friend answers: many wordings for each purpose.

The purposes are RAP's (appendix C: grounding, recognition, captioning, description, questions), with those for
prompts in which only wrong concepts were retrieved. Slots: `{name}` and `{other}` are marked names, `{absent}` that of
a concept which isn't there, `{names}` all names; `{box}` is a box as numbers, `{where}` a place in the photo in words;
`{a}` is "a dog" (`{A}` begins a sentence), `{kind}` "dog"; `{info}` and `{caption}` are sentences. `{who}`, `{anyone}`,
`{nobody}` and `{them}` are other words for things.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.data.samples import Turn

WHICH = """
    Who is in this photo?
    Who is this?
    Who's this?
    Do you recognise {anyone} here?
    Is there {anyone} you know in this picture?
    Which of them is in the photo?
    Which of these do you see in the picture?
    {Who} do you know here?
    Name the ones you know in this photo.
"""
"""Asks which of those that were retrieved are in the photo, whether any is or none."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Questions that mean the same, and answers each of which fits all of them; one on a line."""

    questions: str
    answers: str

    def turn(self, draw: random.Random, slots: Mapping[str, str]) -> Turn | None:
        """A question and an answer with their slots filled, None where a slot that all of them need is missing."""
        question, answer = (filled(lines, draw, slots) for lines in (self.questions, self.answers))
        return Turn(question=question, answer=answer) if question and answer else None


def drawn(talks: Sequence[Talk], draw: random.Random, slots: Mapping[str, str]) -> Turn:
    """A turn of one of the talks; the last one must have an answer that needs no slot which may be missing."""
    for one in (*draw.sample(talks, len(talks)), talks[-1]):
        if turn := one.turn(draw, slots):
            return turn
    raise AssertionError(f"no talk can be held with {sorted(slots)}")


def filled(lines: str, draw: random.Random, slots: Mapping[str, str]) -> str | None:
    """One of the lines whose slots are all there, with them filled."""
    fitting = [line for line, needed in read(lines) if all(slots.get(one) for one in needed)]
    return draw.choice(fitting).format_map(slots) if fitting else None


@cache
def read(lines: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The lines, each with the slots that it has."""
    parse = string.Formatter().parse
    stripped = (line.strip() for line in lines.strip().splitlines())
    return tuple((line, frozenset(slot for _, slot, _, _ in parse(line) if slot)) for line in stripped)


# ── where somebody is ────────────────────────────────────────────────────────────────────────────

GROUNDING = (
    Talk(
        """
        Please provide the bounding box coordinates of {name}.
        Please provide the bounding box coordinate of {name} in this photo.
        Give {name}'s location in the image as [x0, y0, x1, y1].
        What are the coordinates of {name}?
        Bounding box of {name}, please.
        Locate {name} with a bounding box.
        Which box in the picture has {name} in it?
        Detect {name} and answer with a box only.
        I need a box around {name}.
        """,
        "{box}",
    ),
    Talk(
        """
        Where exactly is {name}? Give me the coordinates.
        Can you find {name} here? Tell me the box.
        Could you point {name} out with coordinates?
        Where should I look for {name}? A box helps.
        Mark {name} for me, please.
        Draw a box around {name}.
        """,
        """
        {name} is at {box}.
        Here: {box}.
        You'll find {name} at {box}.
        I see {name} at {box}.
        {name} is right there: {box}.
        {name} is {where}, at {box}.
        """,
    ),
    Talk(
        """
        {Who} is in the region {box}?
        {Who} do you see at {box}?
        {Who} is at {box} in this photo?
        Look at {box}. {Who} is that?
        Please name what is in the box {box}.
        {box}: {who} is it?
        """,
        """
        That's {name}.
        {name}.
        It's {name}.
        I see {name} there.
        That region shows {name}.
        """,
    ),
    Talk(
        """
        Where is {name}?
        Where's {name} in this photo?
        Where do you see {name}?
        Which part of the picture is {name} in?
        I can't find {name}. Where?
        """,
        """
        {name} is {where}.
        {name} is {where}, at {box}.
        Look {where}: there's {name}.
        {name} is at {box}.
        """,
    ),
)
GROUNDING_WITHOUT = (
    Talk(
        """
        Please provide the bounding box coordinates of {absent}.
        Give {absent}'s location in the image as [x0, y0, x1, y1].
        Where is {absent}?
        Where's {absent} in this photo? Give me a box.
        Can you point {absent} out with coordinates?
        Draw a box around {absent}.
        Bounding box of {absent}, please.
        """,
        """
        I can't find that one in this photo.
        Not in this photo, as far as I can see.
        Nowhere: that one isn't in the picture.
        I don't see that one here.
        I looked, but that one isn't in this photo.
        There is no box to give: that one isn't here.
        """,
    ),
    Talk(
        """
        {Who} is in the region {box}?
        {Who} do you see at {box}?
        Look at {box}. {Who} is that?
        """,
        """
        {Nobody} I know.
        That's {a} I don't know.
        I don't know {who} that is.
        {A}, but not one I know.
        I can't say: that's {nobody} I've been told about.
        """,
    ),
)

# ── whether somebody is there, and who ───────────────────────────────────────────────────────────

RECOGNITION = (
    Talk(
        """
        Is {name} in this photo?
        Can you see {name} here?
        Do you see {name} in the picture?
        Does this photo show {name}?
        Is {name} somewhere in this picture?
        Tell me whether {name} is in this photo.
        Did I catch {name} in this one?
        Is that {name}?
        """,
        """
        Yes, {name} is in this photo.
        Yes, that's {name}.
        Yes, I see {name} here.
        Yes, {name} is {where}.
        Yes, there's {name}.
        Yes.
        """,
    ),
    Talk(
        WHICH,
        """
        That's {name}.
        I see {name}.
        {name}.
        It's {name}.
        {name} is in this photo.
        That's {name}, {where}.
        {name} is {where}.
        """,
    ),
)
RECOGNITION_OTHER = (
    Talk(
        """
        Is {absent} in this photo?
        Is {absent} somewhere in this picture?
        Is {absent} here?
        """,
        """
        No, but {name} is.
        No, that's {name}.
        No, {absent} isn't here; it's {name}.
        No.
        """,
    ),
    Talk(
        """
        Can you see {absent} here?
        Do you see {absent} in the picture?
        Does this photo show {absent}?
        """,
        """
        No, that's {name}.
        No, I don't see {absent}. I see {name}.
        No, {absent} isn't here; it's {name}.
        No.
        """,
    ),
    Talk(
        """
        Is that {absent}?
        Isn't that {absent}?
        """,
        """
        No, that's {name}.
        No, it's {name}.
        No, that isn't {absent} but {name}.
        No.
        """,
    ),
)
RECOGNITION_WITHOUT = (
    Talk(
        """
        Is {absent} in this photo?
        Can you see {absent} here?
        Is that {absent}?
        Do you see {absent} in the picture?
        Does this photo show {absent}?
        Tell me whether {absent} is in this photo.
        Is {absent} somewhere in this picture?
        Did I catch {absent} in this one?
        """,
        """
        No, {absent} isn't in this photo.
        No, I don't see {absent} here.
        No, that isn't {absent}.
        No, that's {a} I don't know.
        No, that's another one.
        No, I don't think so.
        No.
        """,
    ),
    Talk(
        WHICH,
        """
        I don't know {anyone} here.
        {Nobody} I know.
        None of the ones I know is in this photo.
        I don't recognise {anyone} in this photo.
        I see {a}, but not one I know.
        {A}, but I can't say which one: I don't know {them}.
        Sorry, that's {nobody} I've been told about.
        I haven't been told {who} this is.
        There's {nobody} here that I know.
        """,
    ),
)

# ── captions and descriptions ────────────────────────────────────────────────────────────────────

_FOR_A_CAPTION = """
    Give me a caption for this photo.
    Caption this picture, please.
    Write a short caption for this image.
    Describe this photo in one sentence.
    What is in this photo?
    What's going on here, in a sentence?
    How would you caption this?
    A caption for my album, please.
    Sum this picture up briefly.
    """
_FOR_DETAILS = """
    Describe this photo in detail.
    Tell me about this photo.
    What do you see here? Take your time.
    Describe what is in the picture, and what you know about it.
    Please give me a longer description of this photo.
    Tell me everything you can about this picture.
    """
CAPTION = (
    Talk(
        _FOR_A_CAPTION,
        """
        A photo of {name}.
        Here's {name}.
        {name} {where}.
        A picture of {name}, {where}.
        This is {name}.
        You can see {name} {where}.
        """,
    ),
)
CAPTION_TOLD = (Talk(_FOR_A_CAPTION, "{caption}"),)
CAPTION_WITHOUT = (
    Talk(
        _FOR_A_CAPTION,
        """
        A photo of {a}.
        Here's {a}.
        {A} {where}.
        A picture of {a}, {where}.
        This is {a} I don't know.
        A photo of {nobody} I know.
        A photo, but of {nobody} I know.
        """,
    ),
)
DESCRIPTION = (
    Talk(
        _FOR_DETAILS,
        """
        This is {name}. {info}
        I see {name} {where}. {info}
        That's {name}. {info}
        {caption} {info}
        The photo shows {name}. {info}
        {name} is {where} in this photo. {info}
        """,
    ),
    Talk(
        """
        {Who} is this, and what do you know about {them}?
        {Who} is this? Tell me more.
        Tell me {who} that is, and what you know about {them}.
        """,
        """
        That's {name}. {info}
        It's {name}. {info}
        This is {name}. {info}
        """,
    ),
)
# Where nothing but a name was told.
DESCRIPTION_BARE = (
    Talk(
        _FOR_DETAILS,
        """
        This is {name}. I haven't been told more.
        That's {name}, {where}. That is all I know.
        I see {name}. Nobody has told me anything about {name} yet.
        {caption} That is all I know.
        """,
    ),
)
TEXT_BARE = (
    Talk(
        """
        What do you know about {name}?
        Tell me about {name}.
        What did I tell you about {name}?
        """,
        """
        Only what {name} looks like: nobody has told me more.
        I know {name} by sight, and nothing more.
        I could recognise {name} in a photo, but that is all I know.
        """,
    ),
)
DESCRIPTION_WITHOUT = (
    Talk(
        _FOR_DETAILS,
        """
        {caption} I don't know {them}.
        I see {a} {where}, but not one I know, so there is nothing more I can tell you.
        The photo shows {a}. It's not one I have been told about.
        I see {a} in this photo. I don't know {who} that is.
        I don't know {anyone} in this photo, so all I could tell is what you see yourself.
        """,
    ),
    Talk(
        """
        {Who} is this, and what do you know about {them}?
        {Who} is this? Tell me more.
        Tell me {who} that is, and what you know about {them}.
        """,
        """
        I don't know {who} that is, and have been told nothing about {them}.
        {Nobody} I know, sorry. Tell me, and I'll remember.
        I see {a}, but I don't know {who} that is.
        I can't say: that's not one I know.
        """,
    ),
)

# ── what was told ────────────────────────────────────────────────────────────────────────────────

TEXT = (
    Talk(
        """
        What do you know about {name}?
        Tell me about {name}.
        Who is {name}?
        What did I tell you about {name}?
        Remind me who {name} is.
        What is there to know about {name}?
        Describe {name}.
        """,
        "{info}",
    ),
)
UNTOLD = """
    I don't know anything about {name} yet.
    Nobody has told me about {name}.
    I can't say: I have no note about {name}.
    I don't know {name} yet. Tell me, and I'll remember.
    That I don't know: I was never told about {name}.
    I have nothing about {name}.
    """
TEXT_WITHOUT = (Talk(TEXT[0].questions, UNTOLD),)

# ── several at once ──────────────────────────────────────────────────────────────────────────────

SEVERAL = (
    Talk(
        """
        Who is in this photo?
        Who do you see here?
        Which of them are in the photo?
        Name everyone you know in this picture.
        Do you recognise anyone here?
        Who are these?
        Who's who here?
        """,
        """
        {names}.
        I see {names}.
        That's {names}.
        {names} are in this photo.
        {places}.
        """,
    ),
    Talk(
        """
        Give me a caption for this photo.
        Caption this picture, please.
        Describe this photo in one sentence.
        What is in this photo?
        How would you caption this?
        """,
        """
        A photo of {names}.
        Here are {names}.
        A picture of {names}.
        {places}.
        """,
    ),
    Talk(
        """
        Where are {names}? Give me the boxes.
        Please provide the bounding box coordinates of {names}.
        Locate {names} with bounding boxes.
        Draw a box around each of them: {names}.
        """,
        """
        {boxes}.
        """,
    ),
    Talk(
        """
        Are {names} in this photo?
        Do you see {names} here?
        Does this picture show {names}?
        """,
        """
        Yes, {names} are here.
        Yes, I see {names}.
        Yes: {places}.
        Yes.
        """,
    ),
    Talk(
        """
        Who is in this photo besides {other}?
        Who else do you see, apart from {other}?
        {other} is in this photo. Who else?
        """,
        """
        {rest}.
        I also see {rest}.
        Besides {other}, that's {rest}.
        """,
    ),
    Talk(
        """
        Tell me about the ones in this photo.
        Who are they, and what do you know about them?
        Describe who is in this photo.
        """,
        "{infos}",
    ),
)

# ── names ────────────────────────────────────────────────────────────────────────────────────────

# What people call people, pets and things, from many languages; none is an everyday word of English.
_NAMES = """
    Aiko Alba Amadou Anouk Arlo Asha Babou Balu Bartek Bela Benji Bibi Biko Binta Bobo Bruno Caio Chiara Coco Dado
    Dario Deniz Dilan Djuna Dobby Dodo Edda Eino Eliska Emeka Enzo Esme Fadi Farah Fenja Fidel Fiete Finja Fiona
    Gigi Gino Giulia Goro Greta Gustav Hana Hanno Haruki Hedda Hoshi Ida Igor Ilse Imani Ines Inka Ivo Jaro Jette
    Jomo Jonas Juno Kaito Kalle Kamil Keno Kiki Kimba Koda Kofi Kuro Lale Lasse Leyla Liam Linus Lola Lotte Loulou
    Luca Luis Lumi Lupo Maelle Malik Manu Marek Matteo Mei Mika Milo Mina Minh Mirko Mochi Momo Moritz Nabila Nala
    Nanuk Naomi Nele Nico Nilo Noor Nuri Odin Okan Olga Oona Orso Oskar Otis Pablo Paco Pelle Pepe Petra Pino Piotr
    Pippa Quincy Quito Rafa Ragna Rania Remi Rico Rika Rocco Rosalie Ruben Sakura Sami Sanna Selma Senna Shiro
    Silas Simba Siri Sora Stella Suki Svea Taiga Tamar Tarek Tessa Thea Tilda Timur Toffee Tomas Toto Tuuli Ugo Uma
    Ursel Vada Valeria Vasco Vera Vico Viggo Waldo Wanda Wenzel Wilma Xaver Ximena Yara Yasmin Yoko Yuki Yuma Zazu
    Zelda Zeno Zeynep Zita Zoe Zorro Zuri
    """
NAMES = tuple(_NAMES.split())
