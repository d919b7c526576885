"""Discord: real discord.py and the real core (with fake models) before an in-memory Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import discord
import pytest

from core.assistant.commands import COMMANDS
from tests.support.fakes import blocks
from tests.support.peers.discord import BLUE, GALLERY, GREEN, RED, Peer, discord_over, last, parts, response, said

BLOCKED = 4_200_000_000_000_000_000


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with discord_over(tmp_path) as there:
        yield there


# ── commands ──────────────────────────────────────────────────────────────────────────────────────


async def test_remember_by_command_then_recognise_in_a_mention(peer: Peer) -> None:
    ann, pets = peer.room()
    told = await ann.slash(pets, "remember", name="bo", category="dog", info="barks", photo=("bo.png", RED))
    assert response(told).content.startswith("Nice to meet bo!")
    await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
    assert last(pets).content == "That's bo. bo barks."
    assert [one.filename for one in last(pets).attachments] == ["photo.jpg"]


async def test_several_photos_of_one_command_are_one_answer(peer: Peer) -> None:
    ann, pets = peer.room()
    told = await ann.slash(pets, "remember", name="bo", photo=("1.png", RED), photo_2=("2.png", RED))
    assert response(told).content.startswith("Nice to meet bo! I have 2 photos now.")
    assert not told.followups


async def test_a_command_without_a_photo_is_about_the_last_one(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.send(pets, f"{peer.mention}", attachments=[("a.png", RED)])
    assert response(await ann.slash(pets, "remember", name="bo")).content.startswith("Nice to meet bo!")


async def test_a_bar_in_a_name_stays_in_the_name(peer: Peer) -> None:
    ann, pets = peer.room()
    told = await ann.slash(pets, "remember", name="bo | cat", photo=("bo.png", RED))
    assert response(told).content.startswith("Nice to meet bo ¦ cat!")


async def test_every_other_command_has_its_fields(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("describe", {"name": "bo", "info": "barks loudly"}, "barks loudly"),
        ("category", {"name": "bo", "category": "hound"}, "hound"),
        ("category", {"name": "bo"}, "no category now"),
        ("rename", {"name": "bo", "new_name": "rex"}, "rex"),
        ("show", {"name": "rex"}, "barks loudly"),
        ("undo", {}, "name is bo again"),
        ("ask", {"question": "who is this?", "photo": ("x.png", RED)}, "That's bo."),
        ("wrong", {"name": "bo"}, "won't take that for bo again"),
        ("settings", {}, "replies: addressed"),
        ("privacy", {}, "What I keep"),
        ("forget", {"name": "bo"}, "forgotten bo"),
        ("list", {}, "I don't know anyone here yet"),
    ]
    for word, options, expected in steps:
        assert expected in said(response(await ann.slash(pets, word, **options))), word


async def test_who_is_who_is_put_right_by_slash_commands(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("a.png", RED), photo_2=("b.png", blocks("red", "pink").data))
    await ann.slash(pets, "remember", name="bobby", photo=("a.png", GREEN))
    assert next(one["value"] for one in await ann.autocomplete(pets, "merge", "other", "bob", name="bo")) == "bobby"
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("merge", {"name": "bo", "other": "bobby"}, "bobby is bo"),
        ("undo", {}, "two again"),
        ("cover", {"name": "bo", "number": 2}, "bo"),
        ("remove", {"name": "bo", "number": 2}, "taken that photo of bo away"),
        ("move", {"name": "bobby", "number": 1, "other": "Max"}, "That photo shows Max, not bobby."),
        ("remove", {"name": "bo", "number": 9}, "I have 1 photo of bo"),
    ]
    for word, options, expected in steps:
        assert expected in said(response(await ann.slash(pets, word, **options))), word


async def test_every_command_that_the_help_lists_is_a_slash_command(peer: Peer) -> None:
    ann, pets = peer.room()
    assert {one.name for one in COMMANDS.listed} <= set(ann.available_commands(pets))


async def test_names_are_completed_while_they_are_typed(peer: Peer) -> None:
    ann, pets = peer.room()
    for name in ("bo", "Obi", "mia bow", "rex"):
        await ann.slash(pets, "remember", name=name, photo=("x.png", RED))
    offered = await ann.autocomplete(pets, "forget", "name", "bo")
    assert [one["value"] for one in offered] == ["bo", "mia bow"]
    assert [one["value"] for one in await ann.autocomplete(pets, "show", "name", "")][:2] == [
        "rex",
        "mia bow",
    ]


async def test_at_most_25_names_are_offered(peer: Peer) -> None:
    ann, pets = peer.room()
    for number in range(30):
        await ann.slash(pets, "remember", name=f"bo {number}", photo=("x.png", RED))
    assert len(await ann.autocomplete(pets, "forget", "name", "bo")) == 25


async def test_a_settings_values_are_those_of_the_chosen_one(peer: Peer) -> None:
    ann, pets = peer.room()
    offered = await ann.autocomplete(pets, "settings", "value", "", setting="edits")
    assert [one["value"] for one in offered] == ["creator", "anyone"]


# ── menus ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_messages_menu_asks_for_the_name_and_remembers(peer: Peer) -> None:
    ann, pets = peer.room()
    posted = await ann.send(pets, "look!", attachments=[("a.png", RED)])
    form = await ann.context_menu(pets, "Remember this photo", posted)
    assert form.modal is not None
    told = await ann.submit_modal(form, {"name": "bo", "info": "barks"})
    assert response(told).content.startswith("Nice to meet bo!")
    assert "barks" in said(response(await ann.slash(pets, "show", name="bo")))


async def test_remember_without_anything_is_a_form_that_takes_photos(peer: Peer) -> None:
    ann, pets = peer.room()
    form = await ann.slash(pets, "remember")
    assert form.modal is not None
    filled = {"name": "bo", "category": "dog", "photos": [("a.png", RED), ("b.png", blocks("red", "pink").data)]}
    told = await ann.submit_modal(form, filled)
    assert response(told).content.startswith("Nice to meet bo! I have 2 photos now.")
    assert said(response(await ann.slash(pets, "show", name="bo"))).startswith("bo (dog)")


async def test_the_form_without_a_photo_means_the_last_one(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "ask", question="who is this?", photo=("a.png", RED))
    told = await ann.submit_modal(await ann.slash(pets, "remember"), {"name": "bo"})
    assert response(told).content.startswith("Nice to meet bo!")


async def test_the_menu_of_an_answer_says_that_it_is_wrong(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
    answer = last(pets)
    await ann.send(pets, f"{peer.mention} and this?", attachments=[("b.png", GREEN)])
    told = response(await ann.context_menu(pets, "That's wrong", answer))
    assert "won't take that for bo again" in told.content
    await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
    assert "That's bo" not in last(pets).content


async def test_a_photo_is_kept_by_a_slash_command_and_found_again(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    kept = response(await ann.slash(pets, "keep", photo=("a.png", RED)))
    assert "bo" in said(kept)
    found = response(await ann.slash(pets, "photos", name="bo"))
    assert [one["type"] for one in parts(found) if one["type"] == GALLERY]


async def test_there_is_nothing_wrong_with_a_message_that_shows_nothing(peer: Peer) -> None:
    ann, pets = peer.room()
    words = await ann.send(pets, "look!")
    assert response(await ann.context_menu(pets, "That's wrong", words)).content == "There is no photo in that message."


async def test_a_messages_menu_says_who_it_is(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    posted = await ann.send(pets, "look!", attachments=[("a.png", RED)])
    assert response(await ann.context_menu(pets, "Who is this?", posted)).content == "That's bo."


@pytest.mark.parametrize("menu", ["Remember this photo", "Who is this?"])
async def test_a_message_without_a_photo_has_nothing_to_remember(peer: Peer, menu: str) -> None:
    ann, pets = peer.room()
    await ann.send(pets, f"{peer.mention}", attachments=[("a.png", RED)])
    refused = response(await ann.context_menu(pets, menu, await ann.send(pets, "hello")))
    assert (refused.content, refused.ephemeral) == ("There is no photo in that message.", True)


# ── where it is said ──────────────────────────────────────────────────────────────────────────────


async def test_a_private_message_needs_no_mention(peer: Peer) -> None:
    ann = peer.env.create_user("ann")
    photo = peer.env.backend.store_attachments(ann.dm_channel.id, [("a.png", RED)])
    await ann.send_dm("/remember bo", attachments=photo)
    assert last(ann.dm_channel).content.startswith("Nice to meet bo!")
    assert "barks" in response(await ann.slash("describe", name="bo", info="barks")).content


async def test_a_thread_is_a_conversation_that_shares_its_channels_memory(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    opening = await ann.send(pets, "about dogs")
    await opening.create_thread(name="dogs")
    (dogs,) = pets.threads
    await ann.send(dogs, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
    assert last(dogs).content == "That's bo."
    await ann.send(pets, f"{peer.mention} is this bo?")
    assert last(pets).content.startswith("Yes, that's bo")  # /remember's photo: the thread's isn't this channel's
    assert "bo" in [one["value"] for one in await ann.autocomplete(dogs, "show", "name", "b")]


async def test_two_servers_never_see_each_other(peer: Peer) -> None:
    ann, pets = peer.room()
    ben, cats = peer.room("cats")
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    await ben.send(cats, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
    assert "bo" not in last(cats).content
    assert await ben.autocomplete(cats, "show", "name", "bo") == []
    assert "I don't know anyone" in response(await ben.slash(cats, "show", name="bo")).content


@pytest.mark.parametrize(("memory", "known"), [("channel", False), ("server", True)])
async def test_a_setting_says_whether_channels_share_a_memory(tmp_path: Path, memory: str, known: bool) -> None:
    async with discord_over(tmp_path, memory=memory) as peer:
        ann, pets = peer.room()
        more = peer.env.guild.create_text_channel("more")
        ben, elsewhere = peer.room("elsewhere")
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        assert (await ann.autocomplete(more, "show", "name", "bo") != []) is known
        assert await ben.autocomplete(elsewhere, "show", "name", "bo") == []


# ── who is spoken to ──────────────────────────────────────────────────────────────────────────────


async def test_what_is_not_for_the_bot_gets_no_answer(peer: Peer) -> None:
    ann, pets = peer.room()
    other = peer.env.guild.add_member(peer.env.create_user("other-bot", bot=True))
    await ann.send(pets, "nice weather", attachments=[("a.png", RED)])
    await other.send(pets, f"{peer.mention} hello")
    assert len(pets.history()) == 2


async def test_an_answer_to_the_bots_answer_is_for_the_bot_and_about_the_same_photo(tmp_path: Path) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", RED)])
        first = last(pets)
        await ann.send(pets, f"{peer.mention} and this?", attachments=[("b.png", BLUE)])
        await ann.send(pets, "is this bo?", reply_to=first)
        assert last(pets).content.startswith("Yes, that's bo")


async def test_a_mention_that_answers_to_a_photo_is_about_that_photo(tmp_path: Path) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        posted = await ann.send(pets, "look!", attachments=[("a.png", RED)])
        await ann.send(pets, f"{peer.mention} /remember bo", reply_to=posted)
        assert last(pets).content.startswith("Nice to meet bo!")


async def test_with_the_intent_and_the_setting_the_bot_speaks_up_by_itself(tmp_path: Path) -> None:
    async with discord_over(tmp_path, message_content=True) as peer:
        ann, pets = peer.room()
        owner = peer.env.guild.add_member(peer.env.guild.owner)
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        await owner.slash(pets, "settings", setting="replies", value="known")
        await ann.send(pets, "", attachments=[("a.png", RED)])
        assert last(pets).content == "That's bo."
        await ann.send(pets, "", attachments=[("a.png", GREEN)])
        assert last(pets).author.name == "ann"


async def test_without_the_intent_photos_that_are_not_for_the_bot_stay_hidden(peer: Peer) -> None:
    ann, pets = peer.room()
    posted = await ann.send(pets, "look!", attachments=[("a.png", RED)])
    await ann.send(pets, f"{peer.mention} who is this?", reply_to=posted)
    assert "Discord shows me only messages that mention me" in last(pets).content
    await ann.send(pets, f"{peer.mention} /list", reply_to=posted)
    assert "I don't know anyone here yet" in last(pets).content
    assert "Discord shows me only messages" in response(await ann.slash(pets, "help")).content
    form = await ann.context_menu(pets, "Remember this photo", posted)
    assert response(await ann.submit_modal(form, {"name": "bo"})).content.startswith("Nice to meet bo!")


async def test_the_help_in_private_has_no_caveat(peer: Peer) -> None:
    ann = peer.env.create_user("ann")
    assert "Discord shows me" not in response(await ann.slash("help")).content


async def test_a_message_on_a_german_server_is_answered_in_german(peer: Peer) -> None:
    ann, pets = peer.room(preferred_locale="de")
    await ann.send(pets, f"{peer.mention} /remember bo", attachments=[("a.png", RED)])
    assert last(pets).content.startswith("Schön, bo kennenzulernen!")


async def test_a_persons_language_is_known_from_their_last_command(peer: Peer) -> None:
    ann, pets = peer.room(preferred_locale="de")
    await ann.send(pets, f"{peer.mention} /list")
    assert "Ich kenne hier noch niemanden" in last(pets).content  # as the server's
    await ann.slash(pets, "list")  # Ann has set Discord to English
    await ann.send(pets, f"{peer.mention} /list")
    assert "I don't know anyone here yet" in last(pets).content


# ── once, and for whom ────────────────────────────────────────────────────────────────────────────


async def test_an_edited_message_is_not_answered_again(peer: Peer) -> None:
    ann, pets = peer.room()
    posted = await ann.send(pets, f"{peer.mention} /remember bo", attachments=[("a.png", RED)])
    await ann.edit(posted, f"{peer.mention} /remember bob")
    assert len(pets.history()) == 2
    assert "I know 1 name" in said(response(await ann.slash(pets, "list")))


async def test_a_message_that_comes_again_after_a_restart_is_answered_once(peer: Peer) -> None:
    ann, pets = peer.room()
    news: list[Mapping[str, Any]] = []
    peer.env.backend.subscribers.append(
        lambda event, payload: news.append(payload) if event == "MESSAGE_CREATE" else None
    )
    await ann.send(pets, f"{peer.mention} /remember bo", attachments=[("a.png", RED)])
    await peer.restart()
    peer.env.backend.emit("MESSAGE_CREATE", news[0])
    await peer.env.settle()
    assert len(pets.history()) == 2


@pytest.mark.parametrize("patience", [0.0, 60.0])
async def test_a_refusal_is_seen_by_one_person_alone_however_late_it_comes(tmp_path: Path, patience: float) -> None:
    async with discord_over(tmp_path, patience=patience) as peer:
        ann, pets = peer.room()
        refused = response(await ann.slash(pets, "show", name="bo"))
        assert "I don't know anyone or anything called bo" in refused.content
        assert refused.ephemeral
        ben = peer.env.guild.add_member(peer.env.create_user("ben"))
        assert pets.history(viewer=ben) == []


async def test_only_admins_erase_everything(peer: Peer) -> None:
    ann, pets = peer.room()
    moderators = peer.env.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    mod = peer.env.guild.add_member(peer.env.create_user("mod"), roles=[moderators])
    await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    assert response(await ann.slash(pets, "forgetall")).ephemeral
    question = response(await mod.slash(pets, "forgetall"))
    assert not question.ephemeral
    done = response(await mod.click(question, label="Yes, forget everything"))
    assert done.content == "I've forgotten everything. You can take that back for 30 seconds."


async def test_everybody_in_a_channel_is_asked_about_training_and_agrees_by_a_button_of_their_own(peer: Peer) -> None:
    ann, pets = peer.room()
    ben = peer.env.guild.add_member(peer.env.create_user("ben"))
    owner = peer.env.guild.add_member(peer.env.guild.owner)
    question = response(await owner.slash(pets, "settings", setting="training", value="on"))
    assert question.ephemeral
    asked = response(await owner.click(question, label="Yes, allow it"))
    assert not asked.ephemeral
    for person in (ann, ben):
        agreed = response(await person.click(asked, label="I agree"))
        assert agreed.ephemeral
        assert agreed.content == "I've noted that you agree. /consent no takes it back."
    assert "taken your consent back" in response(await ann.slash(pets, "consent", answer="no")).content
    assert "You haven't agreed" in response(await ann.slash(pets, "consent")).content
    assert "You agreed on" in response(await ben.slash(pets, "consent")).content


async def test_an_export_goes_to_one_person_alone(peer: Peer) -> None:
    _, pets = peer.room()
    owner = peer.env.guild.add_member(peer.env.guild.owner)
    await owner.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    exported = response(await owner.slash(pets, "export"))
    assert exported.ephemeral
    assert [one.filename for one in exported.attachments] == ["rapport.zip"]
    await owner.send(pets, f"{peer.mention} /export")
    assert last(pets).content == "I've sent that to you alone."
    assert [one.filename for one in last(owner.user.dm_channel).attachments] == ["rapport.zip"]


async def test_what_was_exported_is_read_back_in_another_server(peer: Peer) -> None:
    _, pets = peer.room()
    owner = peer.env.guild.add_member(peer.env.guild.owner)
    await owner.slash(pets, "remember", name="bo", photo=("bo.png", RED))
    (archive,) = response(await owner.slash(pets, "export")).attachments
    ben, cats = peer.room("cats")
    await ben.slash(cats, "import", file=("rapport.zip", await archive.read()))
    assert [one["value"] for one in await ben.autocomplete(cats, "show", "name", "")] == ["bo"]


async def test_a_blocked_server_gets_no_answer_and_no_names(tmp_path: Path) -> None:
    async with discord_over(tmp_path, {"access": {"block": [f"guild:discord:{BLOCKED}"]}}) as peer:
        ann, pets = peer.room(id=BLOCKED)
        told = await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        assert (told.response, told.followups) == (None, [])
        await ann.send(pets, f"{peer.mention} hello")
        assert len(pets.history()) == 1
        assert await ann.autocomplete(pets, "show", "name", "") == []


async def test_who_is_not_on_the_list_is_told_whom_to_ask(tmp_path: Path) -> None:
    async with discord_over(tmp_path, {"access": {"allow": ["user:discord:1"]}}) as peer:
        ann, pets = peer.room()
        refused = response(await ann.slash(pets, "list"))
        assert refused.ephemeral
        assert f'"user:discord:{ann.id}"' in refused.content
        assert await ann.autocomplete(pets, "show", "name", "") == []


# ── nobody is mentioned ───────────────────────────────────────────────────────────────────────────


async def test_nothing_that_the_bot_says_mentions_anybody(peer: Peer) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", info="@everyone look", photo=("bo.png", RED))
    await ann.send(pets, f"{peer.mention} who is this?", attachments=[("a.png", blocks("red", "blue").data)])
    await ann.click(last(pets), label="Not bo")
    await ann.slash(pets, "show", name="bo")
    assert "@everyone" in said(last(pets))
    await ann.slash(pets, "show", name="nobody")
    for number in range(6):
        await ann.slash(pets, "remember", name=f"bo {number}", photo=("bo.png", RED))
    await ann.click(response(await ann.slash(pets, "list")), label="▶")
    assert len(peer.sent()) >= 12
    for body in peer.sent():
        assert body["allowed_mentions"]["parse"] == []
        assert not body["allowed_mentions"].get("replied_user")
