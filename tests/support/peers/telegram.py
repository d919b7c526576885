"""Telegram's side: a Bot API in memory that holds to its limits.

`TelegramPeer` is what python-telegram-bot sends its requests to, in place of HTTPS. Whatever breaks one of
Telegram's rules is refused as Telegram does and put down in `violations`, which a test ends by looking at.
"""

# ruff: noqa: N802 - its methods are named as Telegram names them

from __future__ import annotations

import asyncio
import io
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

import httpx
import PIL.Image
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

BOT: dict[str, Any] = {"id": 4242, "is_bot": True, "first_name": "Rapport", "username": "rapport_bot"}
TOKEN = f"{BOT['id']}:AAtest-token-that-is-no-real-one-0123456789"
Call = dict[str, Any]
COUNTED = ("send", "edit", "copy", "forward")


def units(text: str) -> int:
    """UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


class Refused(Exception):
    """What Telegram answers with an error."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class Fault:
    """What goes wrong with the next call of a method, or of any ("")."""

    method: str
    error: Exception
    chat_id: int | None = None
    after: bool = False  # Telegram did it all the same

    def hits(self, method: str, data: Call) -> bool:
        return self.method in {"", method} and self.chat_id in {None, data.get("chat_id")}


@dataclass
class TelegramPeer(BaseRequest):
    """The Bot API in memory. `clock` is the one that rates are measured with."""

    clock: Callable[[], float] = time.monotonic
    reads_all: bool = False
    ephemeral: bool = True  # whether it knows messages that one person of a group sees (Bot API 10.2)
    calls: list[tuple[str, Call]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # of files whose bytes nobody needs
    admins: dict[int, list[int]] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    messages: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    drafts: list[Call] = field(default_factory=list)
    commands: dict[tuple[str, str], list[Call]] = field(default_factory=dict)
    pressed: dict[str, Call] = field(default_factory=dict)
    inline: dict[str, Call] = field(default_factory=dict)
    webhook: Call = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    open: bool = False
    answers_polls_at_once: ClassVar[bool] = False  # as a server would that is out of order

    def __post_init__(self) -> None:
        self._next_id = 1_000_000  # far from those of people's messages
        self._sent: defaultdict[int, list[float]] = defaultdict(list)

    # ── what a test asks ──────────────────────────────────────────────────────────────────────────

    def sent(self, chat_id: int) -> list[dict[str, Any]]:
        """The messages that stand in a chat, from old to new."""
        return [message for (chat, _), message in self.messages.items() if chat == chat_id]

    async def wait_for(self, ready: Callable[[], bool]) -> None:
        """Wait until calls have made it so."""
        async with asyncio.timeout(300), self.changed:
            await self.changed.wait_for(ready)

    def made(self, method: str) -> list[Call]:
        """The calls of a method so far."""
        return [data for name, data in self.calls if name == method]

    def fail(self, method: str, error: Exception, chat_id: int | None = None, after: bool = False) -> None:
        """Let the next call of a method go wrong."""
        self.faults.append(Fault(method, error, chat_id, after))

    def confirm(self, offset: int) -> None:
        """Let go of the updates before that one, which have been taken in."""
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()

    # ── BaseRequest ───────────────────────────────────────────────────────────────────────────────

    @property
    def read_timeout(self) -> float | None:
        return 5

    async def initialize(self) -> None:
        self.open = True

    async def shutdown(self) -> None:
        self.open = False

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        await asyncio.sleep(0)
        if not self.open:
            raise NetworkError("the connections are closed")
        if method == "GET":
            return 200, self.files[url.rpartition("/")[2]]
        name = url.rpartition("/")[2]
        return await self.do(name, *_unpacked(request_data))

    async def do(self, name: str, data: Call, uploads: dict[str, bytes]) -> tuple[int, bytes]:
        """What a call of a method does; its status and body."""
        self.calls.append((name, data))
        try:
            result = await self._handle(name, data, uploads)
        except Refused as no:
            body: dict[str, Any] = {"ok": False, "error_code": no.code, "description": no.description}
            if no.parameters:
                body["parameters"] = no.parameters
            return no.code, json.dumps(body).encode()
        finally:
            async with self.changed:
                self.changed.notify_all()
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def _handle(self, name: str, data: Call, uploads: dict[str, bytes]) -> object:
        fault = next((one for one in self.faults if one.hits(name, data)), None)
        if fault:
            self.faults.remove(fault)
            if not fault.after:
                raise fault.error
        handler = getattr(self, f"_{name}", None)
        if handler is None:
            raise self._broken(f"{name} is not known to the peer")
        if name.startswith(COUNTED) and name != "sendChatAction":
            self._check_rates(name, data)
        result = handler(data, uploads)
        if asyncio.iscoroutine(result):
            result = await result
        if fault:
            raise fault.error
        return result

    def _broken(self, rule: str) -> Refused:
        self.violations.append(rule)
        return Refused(400, f"Bad Request: {rule}")

    # ── the limits ────────────────────────────────────────────────────────────────────────────────

    def _check_rates(self, name: str, data: Call) -> None:
        now, chat = self.clock(), int(data["chat_id"])
        count = len(data["media"]) if name == "sendMediaGroup" else 1
        mine = self._sent[chat]
        if mine and now - mine[-1] < 1:
            self.violations.append(f"{name}: {now - mine[-1]:.2f} s after the last message of the chat")
        if chat < 0 and sum(now - at < 60 for at in mine) + count > 20:
            self.violations.append(f"{name}: more than 20 messages a minute in a group")
        if sum(now - at < 1 for times in self._sent.values() for at in times) + count > 30:
            self.violations.append(f"{name}: more than 30 messages a second")
        mine.extend([now] * count)

    def _check_text(self, data: Call, key: str, most: int, *, may_be_empty: bool = False) -> None:
        text = data.get(key) or ""
        if not text.strip() and not may_be_empty:
            raise self._broken(f"{key} must be non-empty")
        if units(text) > most:
            raise self._broken(f"{key} is too long ({units(text)} of {most})")
        if data.get("parse_mode"):
            raise self._broken("parse_mode where entities belong")
        entities = data.get("entities" if key == "text" else "caption_entities") or []
        if len(entities) > 100:
            raise self._broken("more than 100 entities")
        for entity in entities:
            if entity["offset"] < 0 or entity["offset"] + entity["length"] > units(text):
                raise self._broken("an entity outside the text")

    def _check_keyboard(self, data: Call) -> None:
        rows = (data.get("reply_markup") or {}).get("inline_keyboard", [])
        if any(not 1 <= len(row) <= 8 for row in rows) or sum(map(len, rows)) > 100:
            raise self._broken("1 to 8 buttons in a row, 100 in all")
        for button in (button for row in rows for button in row):
            if not button["text"]:
                raise self._broken("a button needs a text")
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise self._broken("callback_data has 1 to 64 bytes")

    def _check_place(self, data: Call) -> None:
        answered = (data.get("reply_parameters") or {}).get("message_id")
        message = self.messages.get((int(data["chat_id"]), answered)) if answered else None
        topic = message.get("message_thread_id") if message and message.get("is_topic_message") else None
        if message and topic != data.get("message_thread_id"):
            raise self._broken("an answer in another topic")

    def _check_photo(self, photo: bytes) -> None:
        if len(photo) > 10_000_000:
            raise self._broken("a photo of more than 10 MB")
        with PIL.Image.open(io.BytesIO(photo)) as picture:
            width, height = picture.size
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise self._broken("PHOTO_INVALID_DIMENSIONS")

    # ── the methods ───────────────────────────────────────────────────────────────────────────────

    def _getMe(self, data: Call, _: object) -> Call:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": self.reads_all}

    async def _getUpdates(self, data: Call, _: object) -> list[dict[str, Any]]:
        self.confirm(data.get("offset", 0))
        if not self.updates and data.get("timeout") and not self.answers_polls_at_once:
            await asyncio.sleep(0.01)
        return list(islice(self.updates, int(data.get("limit", 100))))

    def _setWebhook(self, data: Call, _: object) -> bool:
        if not data["url"].startswith("https://") or not 1 <= len(data["secret_token"]) <= 256:
            raise self._broken("a webhook needs https and a secret")
        self.webhook = data
        return True

    def _deleteWebhook(self, data: Call, _: object) -> bool:
        self.webhook = {}
        return True

    def _setMyCommands(self, data: Call, _: object) -> bool:
        commands = data["commands"]
        if len(commands) > 100:
            raise self._broken("more than 100 commands")
        for one in commands:
            word, description = one["command"], one["description"]
            if not (1 <= len(word) <= 32 and word.isascii() and word.islower() and word.isidentifier()):
                raise self._broken(f"/{word} can't be a command")
            if not 1 <= units(description) <= 256:
                raise self._broken(f"/{word} needs a description of 1 to 256")
        self.commands[data["scope"]["type"], data.get("language_code", "")] = commands
        return True

    def _getChatAdministrators(self, data: Call, _: object) -> list[Call]:
        return [
            {"status": "creator", "is_anonymous": False, "user": person(one)}
            for one in self.admins.get(int(data["chat_id"]), [])
        ]

    def _getFile(self, data: Call, _: object) -> Call:
        name = data["file_id"]
        size = self.sizes.get(name, len(self.files.get(name, b"")))
        if size > 20_000_000:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": name, "file_unique_id": name, "file_size": size, "file_path": name}

    def _sendChatAction(self, data: Call, _: object) -> bool:
        if data["action"] != "typing":
            raise self._broken("an unknown action")
        return True

    def _sendMessage(self, data: Call, _: object) -> Call:
        self._check_text(data, "text", 4096)
        return self._post(data, text=data["text"], entities=data.get("entities", []))

    def _sendMessageDraft(self, data: Call, _: object) -> bool:
        self._check_text(data, "text", 4096)
        if int(data["chat_id"]) < 0 or not data["draft_id"]:
            raise self._broken("drafts are for private chats, and have a number")
        self.drafts.append(data)
        return True

    def _sendPhoto(self, data: Call, uploads: dict[str, bytes]) -> Call:
        self._check_text(data, "caption", 1024, may_be_empty=True)
        self._check_photo(uploads["photo"])
        return self._post(data, photo=self._kept(uploads["photo"]), caption=data.get("caption", ""))

    def _sendDocument(self, data: Call, uploads: dict[str, bytes]) -> Call:
        self._check_text(data, "caption", 1024, may_be_empty=True)
        if len(uploads["document"]) > 50_000_000:
            raise self._broken("a file of more than 50 MB")
        kept = self._kept(uploads["document"])[0]
        return self._post(data, document=kept, caption=data.get("caption", ""))

    def _sendMediaGroup(self, data: Call, uploads: dict[str, bytes]) -> list[Call]:
        if not 2 <= len(data["media"]) <= 10:
            raise self._broken("an album has 2 to 10 photos")
        if "reply_markup" in data:
            raise self._broken("an album takes no buttons")
        sent = []
        for item in data["media"]:
            self._check_text(item, "caption", 1024, may_be_empty=True)
            photo = uploads[item["media"].removeprefix("attach://")]
            self._check_photo(photo)
            sent.append(self._post(data, photo=self._kept(photo), caption=item.get("caption", "")))
        return sent

    def _editMessageText(self, data: Call, _: object) -> Call:
        self._check_text(data, "text", 4096)
        self._check_keyboard(data)
        message = self.messages.get((int(data["chat_id"]), int(data["message_id"])))
        if message is None or "text" not in message:
            raise Refused(400, "Bad Request: message to edit not found")
        changed = {"text": data["text"], "reply_markup": data.get("reply_markup")}
        if all(message.get(key) == value for key, value in changed.items()):
            raise Refused(400, "Bad Request: message is not modified: the same content and reply markup")
        message.update(changed, entities=data.get("entities", []))
        return {key: value for key, value in message.items() if value is not None}

    def _editMessageMedia(self, data: Call, uploads: dict[str, bytes]) -> Call:
        media = data["media"]
        self._check_text(media, "caption", 1024, may_be_empty=True)
        self._check_keyboard(data)
        message = self.messages.get((int(data["chat_id"]), int(data["message_id"])))
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        photo = uploads[media["media"].removeprefix("attach://")]
        self._check_photo(photo)
        message.pop("text", None)
        message.pop("entities", None)
        message.update(photo=self._kept(photo), caption=media.get("caption", ""), reply_markup=data.get("reply_markup"))
        return {key: value for key, value in message.items() if value is not None}

    def _deleteMessage(self, data: Call, _: object) -> bool:
        if self.messages.pop((int(data["chat_id"]), int(data["message_id"])), None) is None:
            raise Refused(400, "Bad Request: message to delete not found")
        return True

    def _answerCallbackQuery(self, data: Call, _: object) -> bool:
        if data["callback_query_id"] in self.pressed:
            raise self._broken("a press is answered once")
        if units(data.get("text", "")) > 200:
            raise self._broken("an alert has 200 letters at most")
        self.pressed[data["callback_query_id"]] = data
        return True

    def _answerInlineQuery(self, data: Call, _: object) -> bool:
        names = [one["id"] for one in data["results"]]
        if len(names) > 50 or len(set(names)) < len(names) or not all(1 <= len(one) <= 64 for one in names):
            raise self._broken("50 results at most, each with an id of its own")
        self.inline[data["inline_query_id"]] = data
        return True

    def _getChatMember(self, data: Call, _: object) -> Call:
        user_id = int(data["user_id"])
        here = user_id in self.members.get(int(data["chat_id"]), [])
        return {"status": "member" if here else "left", "user": person(user_id)}

    def _post(self, data: Call, **content: object) -> Call:
        """Put a message of the bot's into the chat."""
        self._check_keyboard(data)
        self._check_place(data)
        self._next_id += 1
        chat_id = int(data["chat_id"])
        message = {
            "message_id": self._next_id,
            "date": int(time.time()),
            "chat": chat(chat_id),
            "from": BOT,
            **content,
        }
        if data.get("message_thread_id"):
            message |= {"message_thread_id": data["message_thread_id"], "is_topic_message": True}
        if answered := (data.get("reply_parameters") or {}).get("message_id"):
            message["reply_to_message"] = self.messages.get((chat_id, answered))
        message["reply_markup"] = data.get("reply_markup")
        if self.ephemeral and "receiver_user_id" in data:
            message["receiver_user"] = person(int(data["receiver_user_id"]))
        self.messages[chat_id, self._next_id] = message
        return {key: value for key, value in message.items() if value is not None}

    def _kept(self, data: bytes) -> list[Call]:
        name = f"bots-{len(self.files)}"
        self.files[name] = data
        return [{"file_id": name, "file_unique_id": name, "width": 90, "height": 90, "file_size": len(data)}]


def not_connected() -> NetworkError:
    """As when nobody answers: the call never reached Telegram."""
    error = NetworkError("httpx.ConnectError")
    error.__cause__ = httpx.ConnectError("no route")
    return error


def no_answer() -> TimedOut:
    """As when the answer is lost: Telegram may have done it, or not."""
    error = TimedOut()
    error.__cause__ = httpx.ReadTimeout("too slow")
    return error


def chat(chat_id: int) -> Call:
    """A chat: the negative ones are groups."""
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": f"P{chat_id}"}
    return {"id": chat_id, "type": "supergroup", "title": f"G{-chat_id}"}


def person(user_id: int, language: str = "en") -> Call:
    """Somebody."""
    if user_id == BOT["id"]:
        return BOT
    return {"id": user_id, "is_bot": False, "first_name": f"P{user_id}", "language_code": language}


def _unpacked(request_data: RequestData | None) -> tuple[Call, dict[str, bytes]]:
    if request_data is None:
        return {}, {}
    data = {key: parsed(value) for key, value in request_data.json_parameters.items()}
    uploads = {
        key: part[1] if isinstance(part[1], bytes) else part[1].read()
        for key, part in (request_data.multipart_data or {}).items()
    }
    return data, uploads


def parsed(value: str) -> Any:
    """Lists, objects, numbers and truths as they are; everything else is a text."""
    try:
        return json.loads(value) if value[:1] in "[{-0123456789" or value in {"true", "false"} else value
    except ValueError:
        return value
