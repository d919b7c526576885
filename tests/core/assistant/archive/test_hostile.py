"""Whatever somebody sends with /import gets a sentence, and what the chat knows after it is what the sentence says."""

from __future__ import annotations

import re
from pathlib import Path

from core.messages import Attachment
from tests.core.assistant.test_assistant import talking
from tests.support.hostile.archives import hostile_archives


async def test_every_hostile_archive_gets_a_sentence_that_is_true(tmp_path: Path) -> None:
    kinds = 0
    async with talking(tmp_path) as talk:
        for label, data in hostile_archives():
            reply = await talk.say("/import", files=(Attachment("x.zip", "application/zip", data),))
            assert re.search(r"[.!?]$", reply.text), (label, reply.text)
            assert "went wrong" not in reply.text, (label, reply.text)
            told = re.search(r"taken in (\d+) name", reply.text)
            known = (await talk.say("/list")).cards
            assert len(known) == int(told[1] if told else 0), (label, reply.text)
            assert all(card.photos or card.info for card in known), label
            if known:
                assert (await talk.press(reply, "Undo")).text.startswith("I've taken back what came in"), label
            assert (await talk.say("/list")).text.startswith("I don't know anyone"), label
            kinds += 1
    assert kinds >= 40
