"""Photos that ask for too much are given up; the others are decoded as ever, for every chat in its turn."""

from __future__ import annotations

import asyncio
import gc
import io
from collections.abc import AsyncIterator, Callable

import numpy as np
import PIL.Image
import psutil
import pytest

from core.errors import BadPhoto, Busy
from core.i18n.translator import Translators
from core.images.decoders import Decoders
from core.images.decoding import TOO_MUCH_MEMORY, TOO_SLOW, Limits, decode
from tests.support.encoded.quarters import saved
from tests.support.hostile.photos import endless_scans
from tests.support.photos import photo

Workers = Callable[[], list[psutil.Process]]
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    async with Decoders(Limits(seconds=1)) as running:
        yield running


@pytest.fixture
def workers() -> Workers:
    """The processes that were started since the test began: other tests' go on."""
    before = set(psutil.Process().children())
    return lambda: [one for one in psutil.Process().children() if one not in before]


async def test_a_photo_comes_as_the_decoder_reads_it(decoders: Decoders) -> None:
    data = photo("cat")
    image = await decoders.decode("chat", data)
    assert np.array_equal(image.pixels, decode(data).pixels)
    assert not image.pixels.flags.writeable


async def test_a_photo_of_very_many_pixels_comes_shrunk() -> None:
    large, usual = (PIL.Image.new("RGB", size, (90, 120, 150)) for size in ((8000, 6000), (4000, 3000)))
    async with Decoders(Limits()) as decoders:
        for picture, size in ((large, (4619, 3464)), (usual, (4000, 3000))):
            out = io.BytesIO()
            picture.save(out, "JPEG")
            image = await decoders.decode("chat", out.getvalue())
            assert (image.width, image.height) == size


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
async def test_a_panorama_is_opened_within_the_memory_that_a_photo_may_take(kind: str) -> None:
    panorama = saved(PIL.Image.new("RGB", (12_000, 4_500), (90, 120, 150)), kind)
    async with Decoders(Limits(seconds=60)) as decoders:
        image = await decoders.decode("chat", panorama)
        assert (image.width, image.height) == (6000, 2250)
        assert np.abs(image.pixels[1000, 1000] - np.array([90, 120, 150])).max() < 8


async def test_a_refusal_keeps_its_sentence_and_its_numbers(decoders: Decoders) -> None:
    for data in (b"", b"%PDF-1.7", photo("cat")[:900]):
        with pytest.raises(BadPhoto) as here:
            decode(data)
        with pytest.raises(BadPhoto) as there:
            await decoders.decode("chat", data)
        assert there.value.message == here.value.message
    small = io.BytesIO()
    PIL.Image.new("RGB", (8, 900)).save(small, "PNG")
    with pytest.raises(BadPhoto, match="only 8 × 900 pixels"):
        await decoders.decode("chat", small.getvalue())
    async with Decoders(Limits(pixels=333_334)) as strict:
        with pytest.raises(BadPhoto, match=r"\(2 megapixels\); I take up to 1 megapixel\. Please"):
            await strict.decode("chat", saved(PIL.Image.new("L", (2000, 1000)), "PNG"))


@pytest.mark.parametrize(("mode", "compression"), [("RGB", "tiff_deflate"), ("1", "group4"), ("L", "tiff_lzw")])
async def test_a_tiff_of_any_size_is_refused_with_what_to_send_instead(
    decoders: Decoders, mode: str, compression: str
) -> None:
    scan = saved(PIL.Image.new(mode, (10_000, 6_000), 1), "TIFF", compression=compression)
    with pytest.raises(BadPhoto) as refused:
        await decoders.decode("chat", scan)
    for language, what, instead in (
        ("en", "TIFF", "Please send a JPEG"),
        ("de", "TIFF", "JPEG"),
        ("es", "TIFF", "JPEG"),
        ("zh", "TIFF", "JPEG"),
    ):
        said = Translators.load().of(language).gettext(refused.value.message)
        assert what in said
        assert instead in said
        assert "megapixel" not in said.lower()


async def test_one_process_serves_many_photos_and_ends_with_the_pool(workers: Workers) -> None:
    async with Decoders(Limits()) as decoders:
        await decoders.decode("chat", photo("cat"))
        (before,) = workers()
        for _ in range(3):
            await decoders.decode("chat", photo("cat"))
        assert workers() == [before]
    assert not workers()


async def test_a_photo_that_takes_too_long_is_given_up_and_others_go_on(decoders: Decoders) -> None:
    slow = asyncio.ensure_future(decoders.decode("attacker", endless_scans(80, 7000)))
    for _ in range(5):
        assert (await decoders.decode("chat", photo("cat"))).width
    assert not slow.done()
    with pytest.raises(BadPhoto) as error:
        await slow
    assert error.value.message.sentence == TOO_SLOW
    assert (await decoders.decode("attacker", photo("cat"))).width


async def test_scans_beyond_all_use_are_refused_before_they_are_read() -> None:
    with pytest.raises(BadPhoto) as error:
        decode(endless_scans(2000, 64))
    assert error.value.message.sentence == TOO_SLOW


async def test_a_slow_photo_within_the_limit_is_decoded_at_low_priority(workers: Workers) -> None:
    async with Decoders(Limits(seconds=60)) as decoders:
        data = endless_scans(40, 4000)
        image = await decoders.decode("chat", data)
        assert (image.width, image.height) == (4000, 4000)
        assert (await decoders.decode("chat", photo("cat"))).width
        assert {one.nice() for one in workers()} == {5}  # the slow one isn't used again


async def test_a_photo_that_takes_too_much_memory_is_given_up() -> None:
    class Little(Limits):
        memory = 60_000_000

    out = io.BytesIO()
    PIL.Image.fromarray(np.zeros((6000, 6000, 4), np.uint8)).save(out, "PNG")
    async with Decoders(Little()) as decoders:
        with pytest.raises(BadPhoto) as error:
            await decoders.decode("chat", out.getvalue())
        assert error.value.message.sentence == TOO_MUCH_MEMORY
        assert (await decoders.decode("chat", photo("cat"))).width


async def test_whoever_gives_up_waiting_stops_the_work(workers: Workers, decoders: Decoders) -> None:
    task = asyncio.ensure_future(decoders.decode("chat", endless_scans(80, 7000)))
    while not any(one.cpu_times().user > 0.7 for one in workers()):  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await decoders.decode("chat", photo("cat"))).width
    gc.collect()  # nothing is reported as never retrieved


async def given_up(decoders: Decoders, workers: Workers) -> None:
    """Send a photo and give up waiting while the first worker is being started."""
    task = asyncio.ensure_future(decoders.decode("chat", photo("cat")))
    while not workers():  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_worker_is_left_over_when_nobody_waits_for_it_any_more(workers: Workers) -> None:
    decoders = Decoders(Limits(), at_once=1)
    await given_up(decoders, workers)
    assert (await decoders.decode("chat", photo("cat"))).width
    async with asyncio.timeout(300):
        while len(workers()) > 1:  # noqa: ASYNC110 - one is enough, and another process tells nobody
            await asyncio.sleep(0.01)
    await decoders.aclose()
    assert not workers()


async def test_a_worker_that_nobody_waits_for_any_more_ends_with_the_pool(workers: Workers) -> None:
    decoders = Decoders(Limits())
    await given_up(decoders, workers)
    await decoders.aclose()
    assert not workers()


async def test_closing_stops_what_is_under_way(workers: Workers) -> None:
    async with Decoders(Limits(seconds=60)) as decoders:
        tasks = [asyncio.ensure_future(decoders.decode(f"chat {n}", endless_scans(80, 7000))) for n in range(5)]
        await asyncio.sleep(0.2)
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(error, Busy)
    assert not workers()
    with pytest.raises(Busy):
        await decoders.decode("chat", photo("cat"))


async def test_a_worker_that_crashed_costs_one_photo(workers: Workers, decoders: Decoders) -> None:
    await decoders.decode("chat", photo("cat"))
    workers()[0].kill()
    workers()[0].wait()
    assert (await decoders.decode("chat", photo("cat"))).width


async def test_only_so_many_slow_photos_are_held() -> None:
    async with Decoders(Limits(seconds=60)) as decoders:
        tasks = [asyncio.ensure_future(decoders.decode("attacker", endless_scans(80, 7000))) for _ in range(8)]
        refused, held = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for one in refused:
            with pytest.raises(Busy, match="more to do"):
                one.result()
        assert (await decoders.decode("chat", photo("cat"))).width
    assert all(isinstance(error, Busy) for error in await asyncio.gather(*held, return_exceptions=True))


def test_the_worker_has_none_of_the_secrets(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_TELEGRAM__TOKEN", "secret")

    async def environments() -> list[dict[str, str]]:
        async with Decoders(Limits()) as decoders:
            await decoders.decode("chat", photo("cat"))
            return [one.environ() for one in workers()]

    assert not any("secret" in one.values() for one in asyncio.run(environments()))
