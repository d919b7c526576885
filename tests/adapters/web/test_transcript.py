from __future__ import annotations

from adapters.web.transcript import Blob, TranscriptEntry, Transcripts
from core.concepts import Known
from core.messages import AttachmentKind, Photo, Unreadable


def _entry(name: str, size: int = 0, *, author: str = "u", is_open: bool = False) -> TranscriptEntry:
    return TranscriptEntry(name, author, {"text": ""}, blobs=(Blob(b"x" * size, "image/jpeg", "p"),), open=is_open)


def test_transcripts_stay_within_their_bytes_and_give_up_the_oldest_of_the_least_used_chat() -> None:
    transcripts = Transcripts(keep_entries=100, keep_bytes=1_010_000)
    for chat in ("old", "new"):
        for n in range(4):
            transcripts.of(chat).put(_entry(f"{chat}{n}", 200_000))
    transcripts.shrink()
    assert list(transcripts.of("old").entries) == ["old3"]
    assert len(transcripts.of("new").entries) == 4


def test_who_sends_most_loses_files_first_in_whichever_chat_they_are() -> None:
    transcripts = Transcripts(keep_entries=100, keep_bytes=1_010_000)
    transcripts.of("home").put(_entry("modest", 200_000))
    for n in range(8):
        transcripts.of(f"chat {n % 2}").put(_entry(f"greedy{n}", 300_000, author="greedy"))
    transcripts.shrink()
    kept = [entry.id for n in range(2) for entry in transcripts.of(f"chat {n}").entries.values() if entry.blobs]
    assert kept == ["greedy6", "greedy7"]
    assert [len(entry.blobs) for entry in transcripts.of("home").entries.values()] == [1]
    kept_bytes = sum(transcripts.of(chat).bytes for chat in ("home", "chat 0", "chat 1"))
    assert 800_000 < kept_bytes < 810_000


def test_looking_at_thousands_of_chats_pushes_no_conversation_out() -> None:
    transcripts = Transcripts(keep_entries=100, keep_bytes=1_000_000)
    transcripts.of("home").put(_entry("said"))
    for n in range(2000):
        transcripts.of(f"empty {n}")
    assert transcripts.find("home")
    assert not transcripts.find("empty 1")
    for n in range(2000):
        transcripts.of(f"full {n}").put(_entry("said"))
    assert not transcripts.find("home")
    assert len([n for n in range(2000) if transcripts.find(f"full {n}")]) == 512


def test_words_cards_and_what_an_answer_rests_on_count_as_files_do() -> None:
    transcripts = Transcripts(keep_entries=100, keep_bytes=100_000)
    home = transcripts.of("home")
    cards: list[object] = [{"title": "bo", "text": "x" * 500} for _ in range(100)]
    basis = Known(1, frozenset((number, "bo") for number in range(2000)))
    home.learn(basis)
    home.put(TranscriptEntry("gallery", "u", {"text": "", "cards": cards}))
    home.put(TranscriptEntry("export", "u", {"text": ""}, basis=basis))
    transcripts.shrink()
    assert list(home.entries) == ["export"]
    assert home.bytes == home.entries["export"].size


def test_an_answer_under_way_is_never_let_go_of() -> None:
    transcripts = Transcripts(keep_entries=1, keep_bytes=1)
    transcripts.of("home").put(_entry("open", 100, is_open=True))
    transcripts.of("home").put(_entry("done", 100))
    transcripts.shrink()
    assert list(transcripts.of("home").entries) == ["open"]


def test_photos_are_dropped_from_memory_in_time_and_the_texts_stay() -> None:
    now = [0.0]
    transcripts = Transcripts(keep_entries=9, keep_bytes=99_999, clock=lambda: now[0])
    home = transcripts.of("home")
    home.put(_entry("early", 10_000))
    now[0] = 50
    home.put(_entry("late", 10_000))
    now[0] = 70
    transcripts.drop_files(60)
    assert [len(entry.blobs) for entry in home.entries.values()] == [0, 1]
    assert home.bytes == sum(entry.size for entry in home.entries.values()) < 11_000


def test_a_photo_that_was_dropped_is_still_reported() -> None:
    transcripts = Transcripts(keep_entries=9, keep_bytes=9999, clock=lambda: 0)
    home = transcripts.of("home")
    home.put(TranscriptEntry("sent", "u", {"text": ""}, photos=(Photo(b"x", "bo.jpg"),)))
    home.put(TranscriptEntry("answer", "u", {"text": ""}, about="sent"))
    transcripts.drop_files(-1)
    source, entry = home.source("answer")
    assert entry is not None
    assert (source, entry.photos, entry.unreadable) == ("sent", (), (Unreadable(AttachmentKind.PHOTO, "bo.jpg"),))
