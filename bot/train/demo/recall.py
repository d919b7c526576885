"""The language model's own lesson: stories about a photo and a few figures, in which what was told comes again.

LLaVA begins with a language model that has read what people write, in which names and things come again all the time.
This one has only this: to look up what was said or shown before is all that it learns here, some twenty times in a
story. Everybody who is asked about was introduced: that somebody may be nobody it knows, RAP's samples teach.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from bot.train.demo import words, world
from bot.train.demo.learning import Learning, made_ahead
from bot.train.demo.lessons import SIDE, Progress, group
from bot.train.demo.tower import processed, states
from bot.train.demo.words import Named
from bot.train.demo.world import Figure

_BATCH = 24  # stories
_VIEWS = 4  # portraits of each figure
_PHOTOS = 2000
_SENTENCES = 24  # of a story
_FEWEST, _MOST = 2, 5  # figures with names in a story
_ALIKE = 0.3
_PORTRAITS, _FACTS, _LOOKS, _NAMES = 0.3, 0.2, 0.25, 0.125  # of the sentences; the others are of the photo's quarters
_TOLD = 0.6  # of the portraits, with a fact


class Story:
    """Tokens, whether each is learnt, and of which picture (by number) the runs of `<image>` are.

    `named` are the figures that have a name in it, `met` those of them that were introduced.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, image: int, named: Mapping[Figure, Named]) -> None:
        self._tokenizer, self._image = tokenizer, [image] * len(world.QUARTERS)
        self.named, self.met = named, list[Figure]()
        self._told = set[str]()
        self.tokens: list[int] = []
        self.learnt: list[bool] = []
        self.pictures: list[int] = []

    def tell(self, text: str, *, learnt: bool = False) -> None:
        """Add a text."""
        self._add(self._tokenizer(text, add_special_tokens=False).input_ids, learnt=learnt)

    def show(self, picture: int) -> None:
        """Add the picture of a number."""
        self.pictures.append(picture)
        self._add(self._image, learnt=False)

    def introduce(self, figure: Figure, portrait: int) -> None:
        """A portrait with its name, as RAP's prompt has it; who was introduced before is known again."""
        self.show(portrait)
        self.tell("\n Name: <")
        self.tell(self.named[figure].name, learnt=figure in self.met)
        self.tell(">, Info:")
        if figure not in self.met:
            self.met.append(figure)

    def fact(self, figure: Figure, topic: str) -> None:
        """Of somebody who was introduced; what was told before is known again."""
        named = self.named[figure]
        before = f" {named.name} {words.FACTS[topic][0].removesuffix(' {}')}"
        self.tell(before)
        self.tell(f" {named.facts[topic]}", learnt=before in self._told)
        self.tell(".")
        self._told.add(before)

    def looks(self, figure: Figure) -> None:
        """What somebody who was introduced looks like."""
        self.tell(f" {self.named[figure].name} is a")
        self.tell(figure.looks.removeprefix("a"), learnt=True)
        self.tell(".")

    def who(self, figure: Figure) -> None:
        """Who of those who were introduced looks so."""
        self.tell(f" {figure.looks} is ")
        self.tell(self.named[figure].name, learnt=True)
        self.tell(".")

    def place(self, figure: Figure, quarter: int, *, learnt: bool = False) -> None:
        """What is in a quarter of the photo and, of those who were introduced, who; `learnt`: also where it is."""
        self.tell(f" {words.WHERE[quarter]}", learnt=learnt)
        self.tell(f" {figure.looks}", learnt=True)
        if figure in self.met:
            self.tell(" is", learnt=learnt)
            self.tell(f" {self.named[figure].name}", learnt=True)
        self.tell(".")

    def _add(self, tokens: Sequence[int], *, learnt: bool) -> None:
        self.tokens += tokens
        self.learnt += [learnt] * len(tokens)


class Storyteller:
    """Makes stories about figures; the pictures in them are numbers of `pictures`."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, image: int, figures: Sequence[Figure], seed: int) -> None:
        self._tokenizer, self._image = tokenizer, image
        self._draw = draw = random.Random(f"{seed} recall")  # noqa: S311 - no secret
        self._portraits = {one: number * _VIEWS for number, one in enumerate(figures)}
        self.pictures = [world.portrait(one, draw.randrange(1 << 40), SIDE) for one in figures for _ in range(_VIEWS)]
        self._photos = []
        for _ in range(_PHOTOS):
            seen = world.scene(group(figures, draw.choice([1, 2, 3, 4]), draw, 0.2), draw.randrange(1 << 40), SIDE)
            self._photos.append((len(self.pictures), seen.figures, seen.quarters))
            self.pictures.append(seen.picture)

    def story(self) -> Story:
        """A photo; then portraits with names, facts, looks, who looks so, and who is where, in any order."""
        draw = self._draw
        photo, shown, quarters = draw.choice(self._photos)
        named = {one: words.named(one, draw) for one in self._cast(shown)}
        places = [*zip(shown, quarters, strict=True)]
        untold = draw.sample(places, len(places))
        made = Story(self._tokenizer, self._image, named)
        made.tell("<s>USER: ")
        made.show(photo)
        for _ in range(_SENTENCES):
            which = draw.random()
            if len(made.met) < _FEWEST or which < _PORTRAITS:
                one = draw.choice([*named])
                made.introduce(one, self._portraits[one] + draw.randrange(_VIEWS))
                if draw.random() < _TOLD:
                    made.fact(one, draw.choice([*named[one].facts]))
                continue
            one = draw.choice(made.met)
            if which < _PORTRAITS + _FACTS:
                made.fact(one, draw.choice([*named[one].facts]))
            elif which < _PORTRAITS + _FACTS + _LOOKS:
                made.looks(one)
            elif which < _PORTRAITS + _FACTS + _LOOKS + _NAMES:
                made.who(one)
            elif untold:
                made.place(*untold.pop())
        made.tell(" ASSISTANT:")
        for place in places:
            made.place(*place, learnt=True)
        made.tell("</s>", learnt=True)
        return made

    def _cast(self, shown: Sequence[Figure]) -> list[Figure]:
        """Who has a name in a story: all who are in the photo or, in half of the stories, some; and others."""
        draw = self._draw
        cast = draw.sample(shown, len(shown) if draw.random() < 0.5 else draw.randint(0, len(shown)))
        count = draw.randint(max(_FEWEST, len(cast)), _MOST)
        while len(cast) < count:
            other = draw.choice(shown).look_alike(draw) if draw.random() < _ALIKE else draw.choice([*self._portraits])
            if other in self._portraits and other not in (*cast, *shown):
                cast.append(other)
        draw.shuffle(cast)
        return cast


def teach_recall(
    model: LlavaForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    figures: Sequence[Figure],
    batches: int,
    seed: int,
    progress: Progress,
) -> None:
    """Train the language model and the projector on stories; the tower stays as it is."""
    image = model.config.image_token_id
    teller = Storyteller(tokenizer, image, figures, seed)
    views = teller.pictures
    with torch.no_grad():
        seen = torch.cat([states(model, processed(views[at : at + 256])) for at in range(0, len(views), 256)])
    projector, language = model.model.multi_modal_projector, model.model.language_model
    learning = Learning([*projector.named_parameters(), *language.named_parameters()], batches)
    model.train()
    padding = tokenizer.pad_token_id
    for number, (tokens, learnt, shown) in enumerate(made_ahead(partial(_stories, teller, batches, padding)), 1):
        pictures = projector(seen[shown])
        embedded = language.embed_tokens(tokens)
        embedded = embedded.masked_scatter((tokens == image)[..., None], pictures)
        hidden = language(inputs_embeds=embedded, use_cache=False).last_hidden_state
        loss = cross_entropy(model.lm_head(hidden[:, :-1][learnt[:, 1:]]), tokens[:, 1:][learnt[:, 1:]])
        learning.step(loss)
        progress("teaching the model to look up", number, batches, f"loss {loss.item():.3f}")
    model.eval()


def _stories(teller: Storyteller, batches: int, padding: int) -> Iterator[tuple[Any, Any, Any]]:
    """Batches: tokens and whether each is learnt, B×length; the numbers of all their pictures, in order."""
    for _ in range(batches):
        made = [teller.story() for _ in range(_BATCH)]
        length = max(len(one.tokens) for one in made)
        tokens = _filled([one.tokens for one in made], length, padding)
        learnt = _filled([one.learnt for one in made], length, False)
        yield tokens, learnt, torch.tensor([picture for one in made for picture in one.pictures])


def _filled(rows: Sequence[Sequence[Any]], length: int, filling: Any) -> torch.Tensor:
    """Rows as one tensor, each filled up to a length."""
    return torch.tensor([[*row, *[filling] * (length - len(row))] for row in rows])
