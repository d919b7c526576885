"""What a build would ask its teacher, and what that may cost: nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bot.data.samples import Value
from bot.data.teacher.asking import DATABASE, TeacherRequest, cache_key, remembered, request_for
from bot.data.teacher.ledger import Prices, amount, read_account
from bot.data.teacher.names import SubjectCrops
from bot.data.teacher.options import NOBODY, TeacherOptions
from bot.evaluation.harness.cache import Cache
from core.models.openai.question import Jpeg, Tokens, tokens_of

PROMPTS = 3
_A_TEXT, _EACH_VIEW, _EACH_QUESTION = 200, 60, 80  # tokens of an answer: the description, a caption, a question


class Preview(Value):
    """What is left to ask, and the first prompts word by word.

    `read` and `written` are tokens as we count them (servers differ): what the requests have, and what the answers
    mostly come to. `most` is what those are if each is as long as is allowed. An answer that is sent back costs more.
    `answered` counts subjects of which the teacher has told already.
    """

    requests: int = 0
    answered: int = 0
    read: int = 0
    written: int = 0
    most: int = 0
    prompts: tuple[str, ...] = ()


def preview(options: TeacherOptions, subjects: Sequence[SubjectCrops], folder: Path) -> Preview:
    """Reads the pictures' headers, and `teacher.db` if it is there; blocks.

    A subject that was refused, or that somebody has described by hand, counts as one that is still to be asked about.
    """
    if options.model == NOBODY:
        return Preview()
    writing = options.writing
    asked, prompts, read, written = 0, list[str](), 0, 0
    with ExitStack() as opened:
        cache = opened.enter_context(Cache(folder / DATABASE)) if (folder / DATABASE).is_file() else None
        for subject in subjects:
            request = request_for(subject, writing, folder)
            if cache and remembered(cache, cache_key(request, writing, folder)):
                continue
            asked += 1
            sized = (one if isinstance(one, str) else Jpeg(b"", *one.size(folder)) for one in request.parts)
            read += tokens_of([request.rules, *sized])
            answer = _A_TEXT + _EACH_VIEW * len(request.views) + _EACH_QUESTION * writing.questions
            written += min(answer, writing.max_tokens)
            if len(prompts) < PROMPTS:
                prompts.append("\n".join(_in_full(request, folder)))
    return Preview(
        requests=asked,
        answered=len(subjects) - asked,
        read=read,
        written=written,
        most=asked * writing.max_tokens,
        prompts=tuple(prompts),
    )


def told(found: Preview, options: TeacherOptions, folder: Path) -> str:
    """The preview for people: the prompts, then what is to be asked, whom, and what it costs."""
    lines = list[str]()
    for number, prompt in enumerate(found.prompts, 1):
        lines += [f"── prompt {number} of {found.requests} " + "─" * 60, prompt, ""]
    if options.model == NOBODY:
        return (
            "No teacher (--teacher): subjects are described in the annotations' own words, and nobody would be asked."
        )
    lines.append(f"Teacher: {options.model} at {options.base_url}, who is sent these pictures and words.")
    lines.append(f"Requests: {found.requests}, and {found.answered} that were answered before and cost nothing.")
    lines.append(
        f"Tokens, roughly: {amount(found.read)} read, {amount(found.written)} written ({amount(found.most)} at most)."
    )
    prices = Prices.of(options)
    spent = prices.told(prices.spent(read_account(folder)))
    cost = prices.told(prices.worth(Tokens(found.read, found.written)))
    most = prices.told(prices.worth(Tokens(found.read, found.most)))
    lines.append(f"Cost, roughly: {cost} ({most} at most). Spent until now: {spent}.")
    budget = "none; set one with --budget" if options.budget is None else prices.told(options.budget)
    lines.append(f"Budget: {budget}.")
    if not prices.known:
        lines.append("Without teacher.price_in and price_out the budget and the cost are tokens.")
    return "\n".join([*lines, "Nobody was asked."])


def _in_full(request: TeacherRequest, folder: Path) -> Iterator[str]:
    yield request.rules
    for part in request.parts:
        if isinstance(part, str):
            yield part
        else:
            width, height = part.size(folder)
            yield f"[picture: {part.path}, {width} × {height} pixels]"
