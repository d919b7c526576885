"""What a conversation remembers for a while: its photos, what was seen in them, and the last lines.

It lives in memory alone and is let go after some minutes: a photo that nobody asked to remember is
never written anywhere.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from core.assistant.dialogue import Dialogue
from core.assistant.shown import Shown, ShownPhoto
from core.concepts import Concept, Facts
from core.messages import Chat, Photo, Question, Sender
from core.ports import HistoryEntry

_MOST_PEOPLE = 100  # of a thread, whose questions are kept

_MOST_ASIDE = 1000


_QUESTION_SECONDS = 300.0  # for which what somebody was asked can be answered at least, however short photos are kept


@dataclass(slots=True)
class Conversation:
    """One thread of one chat: its photos from old to new, the last lines said in it, and what each person was asked."""

    key: tuple[str, str]  # the chat's, and the thread
    shown: OrderedDict[str, Shown] = field(default_factory=OrderedDict)
    entries: deque[HistoryEntry] = field(default_factory=deque)
    concepts: tuple[Concept, ...] = ()  # what the chat knew when they were said
    dialogues: dict[str, Dialogue] = field(default_factory=dict)  # by the person's id
    used_at: float = 0.0


def all_still_so(before: tuple[Concept, ...], now: tuple[Concept, ...]) -> bool:
    """Whether nothing of what was known before was forgotten, renamed or corrected; more may be known."""
    if before is now:
        return True
    current = {one.id: one for one in now}
    return all(
        (one := current.get(old.id))
        and one.name == old.name
        and old.category in (None, one.category)
        and old.infos in ((), one.infos)
        for old in before
    )


def _key_of(chat: Chat, message_id: str, photos: tuple[Photo, ...]) -> str:
    """What buttons know the photos of a message by: the same in another process that has fetched them anew."""
    if not message_id:
        return secrets.token_hex(4)
    told = [chat.key, chat.thread, message_id, *(str(len(one.data)) for one in photos)]
    return blake2b("\n".join(told).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


class Conversations:
    """All conversations under way.

    `minutes` is how long a photo is kept, `entries` how many lines, `budget` how many bytes of photos
    in all, with what was found in them: the oldest go first. `clock` returns seconds and only ever grows. `forgets` is
    called whenever what was said in a chat is let go, for who holds a copy of it.
    """

    def __init__(
        self,
        *,
        minutes: float = 30,
        entries: int = 8,
        budget: int = 256 << 20,
        clock: Callable[[], float] = time.monotonic,
        forgets: Callable[[], None] = lambda: None,
    ) -> None:
        self._seconds, self._most_entries, self._budget, self._clock = minutes * 60, entries, budget, clock
        self._open: OrderedDict[tuple[str, str], Conversation] = OrderedDict()  # the least recently used first
        self._showing: OrderedDict[tuple[str, str], Conversation] = OrderedDict()  # those of them with photos
        self._of_chat: defaultdict[str, dict[str, Conversation]] = defaultdict(dict)  # by the chat's key and the thread
        self._bytes, self._forgets = 0, forgets
        self._aside: dict[str, OrderedDict[str, None]] = {}  # what /review asks no more about, by the chat's key

    @property
    def keeps_photos(self) -> bool:
        """Whether a photo can be asked about once its message is answered."""
        return self._seconds > 0

    def show(self, chat: Chat, message_id: str, photos: tuple[Photo, ...], sender: str = "") -> Shown:
        """Keep the photos of a message for a while; `sender` is the name of who sent them, if it is known."""
        talk, key = self._conversation(chat), _key_of(chat, message_id, photos)
        shown = Shown(key, message_id, tuple(map(ShownPhoto, photos)), self._clock(), sender)
        if key in talk.shown:
            self._let_go(talk, talk.shown[key])
        talk.shown[shown.key], self._showing[talk.key] = shown, talk
        self._count(shown, shown.size)
        self._keep_to_budget()
        return shown

    def weigh(self, shown: Shown) -> None:
        """Count photos anew that were looked at."""
        if shown.counted:
            self._count(shown, shown.size)
            self._keep_to_budget()

    def last(self, chat: Chat, reply_to: str | None = None, before: float = 0) -> Shown | None:
        """The photo of the message replied to; without one the thread's last photo, as of `before` seconds ago."""
        kept = reversed(self._conversation(chat).shown.values())
        if reply_to is None:
            latest = self._clock() - before
            return next((shown for shown in kept if shown.at <= latest), None)
        return next((shown for shown in kept if shown.message_id == reply_to), None)

    def photos_of(self, chat: Chat) -> tuple[Shown, ...]:
        """All photos under discussion in the chat, in whichever thread, the newest first."""
        self._expire()
        oldest = self._clock() - self._seconds
        here = self._of_chat.get(chat.key, {}).values()
        kept = [shown for talk in here for shown in talk.shown.values() if shown.at >= oldest]
        return tuple(sorted(kept, key=lambda shown: -shown.at))

    def set_aside(self, chat: Chat, item: str) -> None:
        """Ask no more about something uncertain, until the bot is started again."""
        aside = self._aside.setdefault(chat.key, OrderedDict())
        aside[item] = None
        if len(aside) > _MOST_ASIDE:
            aside.popitem(last=False)

    def is_aside(self, chat: Chat, item: str) -> bool:
        """Whether it was set aside."""
        return item in self._aside.get(chat.key, ())

    def discard(self, chat: Chat, shown: Shown) -> None:
        """Let go of photos that can't be read."""
        talk = self._conversation(chat)
        if shown.key in talk.shown:
            self._let_go(talk, shown)

    def find(self, chat: Chat, key: str) -> Shown | None:
        """The photo that a button speaks of, from whichever thread of the chat."""
        self._expire()
        here = self._of_chat.get(chat.key, {}).values()
        shown = next((talk.shown[key] for talk in here if key in talk.shown), None)
        return shown if shown and shown.at >= self._clock() - self._seconds else None

    def dialogue(self, chat: Chat, sender: Sender, reply_to: str | None = None) -> Dialogue:
        """What the person's next words are about: in answer to a message, what somebody was asked about its photos."""
        talk = self._conversation(chat)
        own = talk.dialogues.get(sender.id, Dialogue())
        about = self.last(chat, reply_to) if reply_to else None
        if about is None or (own.question and about.key in own.question.naming + own.question.yes):
            return own
        asked = (one.question for one in talk.dialogues.values() if one.question)
        found = next((one for one in asked if about.key in one.naming + one.yes + one.no), None)
        return replace(own, question=found or own.question)

    def question(self, chat: Chat, person: str) -> Question | None:
        """What a person was asked last in the chat's thread, by their id."""
        own = self._conversation(chat).dialogues.get(person)
        return own.question if own else None

    def ask(self, chat: Chat, person: str, question: Question) -> None:
        """Let that be what they were asked: by another process, which had the chat before."""
        self._conversation(chat).dialogues[person] = Dialogue(question)

    def go_on(self, chat: Chat, sender: Sender, dialogue: Dialogue) -> None:
        """Keep what the person's next words are about."""
        dialogues = self._conversation(chat).dialogues
        dialogues.pop(sender.id, None)
        dialogues[sender.id] = dialogue
        if len(dialogues) > _MOST_PEOPLE:
            del dialogues[next(iter(dialogues))]

    def say(
        self,
        chat: Chat,
        concepts: tuple[Concept, ...],
        question: str,
        answer: str,
        shown: Shown | None = None,
        basis: Facts = frozenset(),
    ) -> None:
        """Add a question, and the photos it was about, and its answer to the thread's history.

        `concepts` is what the chat knew when the answer was made, `basis` what of it the answer rests on.
        """
        entries, about = self._said(chat, concepts), shown.key if shown else ""
        entries.append(HistoryEntry("user", question, about))
        entries.append(HistoryEntry("assistant", answer, about, basis))
        while len(entries) > self._most_entries:
            entries.popleft()

    def history(
        self, chat: Chat, concepts: tuple[Concept, ...], shown: Shown | None = None
    ) -> tuple[tuple[HistoryEntry, ...], tuple[HistoryEntry, ...]]:
        """The thread's last entries, the oldest first: up to these photos, and the latest, all about them.

        `concepts` is what the chat knows now. Whoever edited it, nothing comes back that is no longer so.
        """
        entries = tuple(self._said(chat, concepts))
        begin = len(entries)
        while shown and begin and entries[begin - 1].about == shown.key:
            begin -= 1
        return entries[:begin], entries[begin:]

    def forget(self, chat: Chat) -> None:
        """Let go of what was said in the chat, in all its threads: it may speak of what was forgotten."""
        for talk in self._of_chat.get(chat.key, {}).values():
            talk.entries.clear()
        self._forgets()

    def drop(self, chat: Chat) -> None:
        """Let go of the chat altogether, its photos too."""
        self._aside.pop(chat.key, None)
        for talk in list(self._of_chat.get(chat.key, {}).values()):
            self._close(talk)

    def _said(self, chat: Chat, concepts: tuple[Concept, ...]) -> deque[HistoryEntry]:
        """The thread's entries, none if something that was known when they were said is no longer so."""
        talk = self._conversation(chat)
        if not all_still_so(talk.concepts, concepts):
            talk.entries.clear()
            self._forgets()
        talk.concepts = concepts
        return talk.entries

    def _conversation(self, chat: Chat) -> Conversation:
        """The thread's conversation, opened if need be, without its photos that are past their time."""
        self._expire()
        key = (chat.key, chat.thread)
        talk = self._open.get(key)
        if talk is None:
            talk = self._open[key] = self._of_chat[chat.key][chat.thread] = Conversation(key)
        for used in (self._open, self._showing):
            if key in used:
                used.move_to_end(key)
        talk.used_at = self._clock()
        while talk.shown and (oldest := next(iter(talk.shown.values()))).at < talk.used_at - self._seconds:
            self._let_go(talk, oldest)
        return talk

    def _expire(self) -> None:
        """Drop the conversations that nobody has used for too long: they stand first. Photos may have less time."""
        now = self._clock()
        while self._showing and (talk := next(iter(self._showing.values()))).used_at < now - self._seconds:
            for shown in list(talk.shown.values()):
                self._let_go(talk, shown)
        oldest = now - max(self._seconds, _QUESTION_SECONDS)
        while self._open and (talk := next(iter(self._open.values()))).used_at < oldest:
            self._close(talk)

    def _close(self, talk: Conversation) -> None:
        for shown in list(talk.shown.values()):
            self._let_go(talk, shown)
        chat, thread = talk.key
        del self._open[talk.key], self._of_chat[chat][thread]
        if not self._of_chat[chat]:
            del self._of_chat[chat]

    def _count(self, shown: Shown, size: int) -> None:
        self._bytes += size - shown.counted
        shown.counted = size

    def _let_go(self, talk: Conversation, shown: Shown) -> None:
        del talk.shown[shown.key]
        self._count(shown, 0)
        if not talk.shown:
            del self._showing[talk.key]

    def _keep_to_budget(self) -> None:
        """Let the least recently used conversations give up their oldest photos."""
        while self._bytes > self._budget:
            talk = next(iter(self._showing.values()))
            self._let_go(talk, next(iter(talk.shown.values())))
