"""People's words on Discord: shown as they stand, whatever Markdown, mention or link they hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simcord.enums import MessageType

from adapters.discord.wording import LONGEST_TEXT, draft_of, escaped, messages_of
from core.messages import Card, Reply
from tests.support.peers.discord import RED, TEXT, discord_over, inside, response, said

PLAIN = (
    "snake_case",
    "R2-D2",
    "bo, mia & rex!",
    "2 | 3",
    "a ~ b",
    "ann@example.org",
    "-5 °C",
    "#1",
    "(bo)",
    "10:30",
    "小波",
)
HOSTILE = (
    "[free nitro](https://evil.example)",
    "[x](<https://evil.example>)",
    "[[x]](https://evil.example)",
    "![x](https://e.example/a.png)",
    "@everyone",
    "@here",
    "<@123>",
    "<@!123>",
    "<@&123>",
    "<#123>",
    "</forget:123>",
    "<id:guide>",
    "<t:1700000000:R>",
    "<:bo:123>",
    "<a:bo:123>",
    "# big",
    "## big",
    "-# small",
    "> said",
    ">>> said",
    "- item",
    "+ item",
    "**bold**",
    "*it*",
    "_it_",
    "__under__",
    "a__b__c",
    "~~gone~~",
    "||secret||",
    "`code`",
    "```py\ncode```",
    "discord.gg/abc",
    "https://discord.gg/abc",
    "https://discord.com/invite/abc",
    "https://ptb.discord.com/channels/1/2/3",
    "steam://run/1",
    "\\*not escaped\\*",
    "\\",
    "ok\n# big",
)
# What Discord would still make of a text in which every escaped character has become a letter.
OURS = re.compile(r"^\*\*(.+)\*\*$|^-# \d+: ", re.MULTILINE)  # what we write around people's words
LIVE = re.compile(
    r"[*`\[\]]|\]\(|<(?!https?://[^\s<>]+>)|(?<!\S)>|\|\||~~|__|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|@(everyone|here)"
    r"|^\s*(#+|[-+]|-#)\s|discord(app)?\.(gg|com)|(?<!<http)(?<!<https)://",
    re.MULTILINE,
)
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")  # as Discord reads it


def shown(text: str) -> str:
    """What people read."""
    return ESCAPE.sub(r"\1", re.sub(r"(?<!\\)<(https?://[^\s<>\\]+)>", r"\1", text))


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_words_are_sent_as_they_are(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("links", [True, False])
def test_markup_of_peoples_words_does_nothing_and_is_read_as_it_stands(text: str, links: bool) -> None:
    sent = escaped(text, links=links)
    assert not LIVE.search(ESCAPE.sub("x", sent)), sent
    assert shown(sent) == text


@given(st.text(st.sampled_from("ab1 \n\\*_~`|<>[]()#-+@:/.!"), max_size=30))
def test_any_markup_is_read_as_it_stands(text: str) -> None:
    sent = escaped(text)
    assert not LIVE.search(ESCAPE.sub("x", sent)), sent
    assert ESCAPE.sub(r"\1", sent) == text


def test_an_address_can_be_followed_and_gets_no_preview() -> None:
    told = "see https://example.org/wiki/Bo_(dog)?a=1&b_c=2."
    assert escaped(told) == "see <https://example.org/wiki/Bo_>(dog)?a=1&b_c=2."
    assert escaped("(https://example.org/a_b_c)") == "(<https://example.org/a_b_c>)"
    assert escaped("https://example.org", links=False) == r"https\://example.org"


def test_what_grows_by_escaping_keeps_within_the_limits() -> None:
    stars = "* " * 3000
    assert len(draft_of(Reply(stars, final=False))) <= LONGEST_TEXT
    sent = messages_of(Reply(stars, cards=(Card("*" * 64, stars, photos=1),)))
    assert all(len(one.text) <= LONGEST_TEXT for one in sent)
    view = sent[-1].view
    texts = [
        one["content"] for one in inside({"components": view.to_components() if view else ()}) if one["type"] == TEXT
    ]
    told = "".join(shown(one) for one in (*(one.text for one in sent), texts[0]))
    assert told.replace(" ", "") == "*" * 3000
    assert sum(map(len, texts)) <= 4000


async def test_no_name_or_text_is_a_link_or_a_ping_on_any_way_there_is(tmp_path: Path) -> None:
    evil = "[free nitro](https://evil.example) @everyone <@1> ||x|| discord.gg/abc"
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="*bo* @here", info=evil, photo=("a.png", RED))
        await ann.slash(pets, "describe", name="*bo* @here", info=evil)
        await ann.slash(pets, "list")
        await ann.slash(pets, "show", name="*bo* @here")
        await ann.slash(pets, "ask", question="who is *bo* @here?")
        await ann.slash(pets, "show", name=evil[:64])
        await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
        refused = response(await ann.slash(pets, "rename", name="*bo* @here", new_name="<b>"))
        assert "angle brackets" in refused.content
        bodies = peer.sent()
        texts = [one.get("content") or "" for one in bodies]
        laid_out = [part["content"] for one in bodies for part in inside(one) if part["type"] == TEXT]
        texts += [OURS.sub(r"\1", one) for one in laid_out]
        assert sum("free nitro" in shown(one) for one in texts) >= 4
        assert [one for one in texts if LIVE.search(ESCAPE.sub("x", one))] == []
        assert {str(one.get("allowed_mentions", {}).get("parse", "none given")) for one in bodies} == {"[]"}


async def test_nothing_is_fetched_for_those_whom_the_host_lets_not_in(tmp_path: Path) -> None:
    async with discord_over(tmp_path, {"access": {"allow": ["user:discord:1"]}}, message_content=True) as peer:
        ann, pets = peer.room()
        posted = await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
        peer.env.backend.cdn._blobs.clear()  # whatever is fetched now is told as lost
        said = [
            response(await ann.slash(pets, "remember", name="bo", photo=("b.png", RED))),
            response(await ann.context_menu(pets, "Who is this?", posted)),
            response(await ann.slash(pets, "list")),
        ]
        assert all("I talk only where my host lets me" in shown(one.content) for one in said)
    async with discord_over(tmp_path, {"access": {"block": ["platform:discord"]}}, message_content=True) as peer:
        ann, pets = peer.room()
        await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
        await ann.slash(pets, "remember", name="bo", photo=("b.png", RED))
        assert peer.sent() == []
        assert (await peer.running.store.totals()).concepts == 0


async def test_a_button_that_is_pressed_again_counts_once(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("a.png", RED))
        seen = response(await ann.slash(pets, "ask", photo=("a.png", RED)))
        assert "won't take that for bo" in response(await ann.click(seen, label="Not bo")).content
        again = response(await ann.click(seen, label="Not bo"))
        assert (again.content, again.ephemeral) == ("That has been answered already, and it counts once.", True)
        assert "1 correction" in said(response(await ann.slash(pets, "show", name="bo")))


async def test_a_webhook_or_a_system_message_gets_no_answer_whatever_it_says(tmp_path: Path) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("a.png", RED))
        before = len(peer.sent())
        forget = f"{peer.mention} /forget bo"
        peer.env.backend.create_message(pets.id, ann.id, forget, webhook_id=4711)
        peer.env.backend.create_message(pets.id, ann.id, forget, message_type=MessageType.PINS_ADD)
        await peer.env.settle()
        assert len(peer.sent()) == before
        assert (await peer.running.store.totals()).concepts == 1
