"""What the teacher has cost, kept over runs: no request is sent that the budget might not cover.

The file is `teacher.json` in the build's folder. Before a request the most that it may cost is set aside in there, so
that a build which was killed in the middle of it counts that as spent.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from aiolimiter import AsyncLimiter
from pydantic import Field, ValidationError

from bot.data.samples import Value
from bot.data.steps import write_whole
from bot.data.teacher.options import TeacherOptions
from core.errors import DataError, RapportError
from core.models.openai.question import Tokens

FILE = "teacher.json"


class BudgetReached(DataError):
    """The next request might cost more than is left."""


class Spent(Value):
    """What one model has cost: requests, tokens that it read and wrote, and money at the prices of then."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0


class Account(Value):
    """The file: what each model has cost, what is set aside for requests under way, what of answers was left out."""

    spent: Mapping[str, Spent] = Field(default_factory=dict)
    under_way: Spent = Spent()
    left_out: Mapping[str, int] = Field(default_factory=dict)


class Prices(Value):
    """What tokens are worth: money, or themselves where no price is given."""

    read: float = 0.0
    written: float = 0.0

    @classmethod
    def of(cls, options: TeacherOptions) -> Prices:
        """The prices of a million tokens."""
        return cls(read=options.price_in, written=options.price_out)

    @property
    def known(self) -> bool:
        """Whether there are any."""
        return bool(self.read or self.written)

    def cost(self, tokens: Tokens) -> float:
        """Their price, 0 where none is given."""
        return (tokens.input * self.read + tokens.output * self.written) / 1e6

    def worth(self, tokens: Tokens) -> float:
        """What they count in a budget."""
        return self.cost(tokens) if self.known else tokens.total

    def spent(self, account: Account) -> float:
        """What an account counts in a budget: the prices of then, if any, else those of now."""
        total = 0.0
        for one in (*account.spent.values(), account.under_way):
            worth = self.worth(Tokens(one.tokens_in, one.tokens_out))
            total += (one.cost or worth) if self.known else worth
        return total

    def told(self, worth: float) -> str:
        """An amount for people, in few digits: 0.0375, or 12,500 tokens."""
        return amount(worth) if self.known else f"{amount(worth)} tokens"


class Ledger:
    """A `core.models.openai.question.Meter`: so many requests a minute, and no more than the budget.

    Where the budget may not cover the next request, it waits for those under way, which mostly cost less than was set
    aside, before it says so: what they say is paid for. Raises `DataError` for a file that can't be read.
    """

    def __init__(self, folder: Path, options: TeacherOptions) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self._options, self._prices = folder / FILE, options, Prices.of(options)
        self._limiter = AsyncLimiter(1, 60 / options.rate)
        self._underestimated = 1.0  # how many times what we expected a request's input was at most
        self._under_way: list[Tokens] = []
        self._ended = asyncio.Event()
        self._stopped: RapportError | None = None
        account = read_account(folder)
        self._spent, self._left_out = dict(account.spent), Counter(account.left_out)
        lost = account.under_way
        self._book(Tokens(lost.tokens_in, lost.tokens_out), lost.requests, lost.cost)

    async def admit(self, most: Tokens) -> Tokens:
        """Wait for a place in the minute and in the budget; gives what is set aside.

        Raises `BudgetReached`, or what `stop` was given.
        """
        await self._limiter.acquire()
        while True:
            if self._stopped:
                raise self._stopped
            aside = Tokens(round(most.input * self._underestimated), most.output)
            worth, budget = self._prices.worth(aside), self._options.budget
            if budget is None or self.spent + worth <= budget:
                self._under_way.append(aside)
                self._save()
                return aside
            if not self._under_way:
                told = self._prices.told
                raise BudgetReached(
                    f"The budget of {told(budget)} is reached: {told(self.spent)} spent, and the next request may "
                    f"cost {told(worth)}. Everything that was paid for is kept. The same command with a larger "
                    "--budget goes on from here."
                )
            await self._one_ended()

    def settle(self, aside: Tokens, spent: Tokens) -> None:
        """A request for which that was set aside has ended, and cost `spent`."""
        self._under_way.remove(aside)
        if aside.input and spent.input > aside.input:
            self._underestimated *= spent.input / aside.input
        if spent.total:
            self._book(spent, 1, self._prices.cost(spent))
        self._save()
        self._ended.set()

    async def stop(self, error: RapportError) -> None:
        """Admit no more; returns when nothing is under way, so that no answer is lost that was paid for."""
        self._stopped = self._stopped or error
        self._ended.set()
        while self._under_way:
            await self._one_ended()

    def leave_out(self, reasons: Mapping[str, int]) -> None:
        """Count what of an answer was left out, by reason."""
        self._left_out.update(reasons)
        self._save()

    @property
    def spent(self) -> float:
        """What was spent over all runs, with what is set aside: money where there are prices, else tokens."""
        return self._prices.spent(self._account)

    @property
    def _account(self) -> Account:
        aside = sum(self._under_way, Tokens())
        cost = self._prices.cost(aside)
        under_way = Spent(requests=len(self._under_way), tokens_in=aside.input, tokens_out=aside.output, cost=cost)
        return Account(spent=self._spent, under_way=under_way, left_out=dict(self._left_out))

    async def _one_ended(self) -> None:
        self._ended.clear()
        await self._ended.wait()

    def _book(self, usage: Tokens, requests: int, cost: float) -> None:
        if not requests:
            return
        one = self._spent.get(self._options.model, Spent())
        self._spent[self._options.model] = Spent(
            requests=one.requests + requests,
            tokens_in=one.tokens_in + usage.input,
            tokens_out=one.tokens_out + usage.output,
            cost=one.cost + cost,
        )

    def _save(self) -> None:
        write_whole(self._file, self._account.model_dump_json(indent=2) + "\n")


def read_account(folder: Path) -> Account:
    """What the teacher has cost in this folder. Raises `DataError` where the file can't be read."""
    file = folder / FILE
    if not file.is_file():
        return Account()
    try:
        return Account.model_validate_json(file.read_text("utf-8"))
    except ValidationError as error:
        raise DataError(f"{file}, which counts what the teacher has cost, can't be read. Mend or delete it.") from error


def amount(number: float) -> str:
    """A number of tokens or of money in few digits: 12,500 or 0.0375."""
    return f"{number:,.0f}" if number >= 1000 else f"{number:.4g}"
