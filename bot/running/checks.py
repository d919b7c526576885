"""What `python -m bot doctor` looks at. Each check returns a sentence, or raises `RapportError` with what to do."""

from __future__ import annotations

import asyncio
import glob
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.build import vision
from bot.build.models import WITHOUT_MODEL, asks_servers, generator_of
from bot.build.platforms import sessions_file
from bot.build.rapport import check_store, host_key_file, learned_so_far
from bot.config import Config
from bot.running.health import health_at, running_health
from core.concepts import Grade
from core.counting import counted
from core.errors import PlatformError, RapportError, StoreError
from core.models.vlm.generator import TransformersGenerator
from core.models.weights import sources
from core.models.weights.catalogue import find
from core.platforms.status import Condition
from core.ports import Prompt
from core.store import opening

_WORSE, _WITHOUT = "sees a little worse", {sources.FACES: "knows nobody by their face"}
_NOT_RUNNING = "Rapport isn't running here (or without its web chat and status.port), so there is nothing to ask."
_TRIAL = "Are you there? Answer with one word."


async def models(config: Config) -> str:
    """Whether the weights that see are here, undamaged, and the encoder's grades are fitted."""
    for name in sources.names(config.models.detector, config.models.encoder, config.models.words):
        if not await asyncio.to_thread(find(name).is_sound, config.models.cache):
            raise RapportError(f"{name} is missing or damaged; fetch it with `python -m bot models pull`.")
    told = [f"{config.models.detector} and {config.models.encoder} are here, checksums right."]
    told += [
        f"{name}, without which it {_WITHOUT.get(name, _WORSE)}, isn't: `python -m bot models pull` fetches it."
        for name in sources.optional(config.models.saliency, faces=config.models.faces)
        if not await asyncio.to_thread(find(name).is_sound, config.models.cache)
    ]
    return " ".join(told)


async def store(config: Config) -> str:
    """Whether the store opens, and what it will have to do at the next start."""
    stale = await check_store(config)
    told = ["opens, answers and is undamaged."]
    if stale:
        told.append(f"{counted(stale, 'photo')} will be embedded anew at the next start.")
    for path in opening.files(config.store.url)[:1]:
        if path.with_name(f"{path.name}-ledger-damaged").exists():
            told.append(f"{path}-ledger-damaged held what was forgotten: older backups may bring that back.")
        told += (
            f"{aside} is from before a restore, and forgetting doesn't reach it: delete it when all is well."
            for aside in sorted(path.parent.glob(f"{glob.escape(path.name)}-before-*"))
        )
    return " ".join(told)


async def grades(config: Config) -> str:
    """How far the grades are: fitted to photos, or learning from answers."""
    identity = vision.encoder_identity(config)
    try:
        learned, curve = await learned_so_far(config), vision.calibration_of(identity)
    except StoreError:  # of which the check of the store has told
        return "the store can't tell what people have answered."
    told = [answer for answers in learned.answers.values() for answer in answers]
    count = f"{counted(len(told), 'answer')} in {counted(len(learned.answers), 'chat')}" if told else "no answers yet"
    confirmed = [answer.evidence for answer in told if answer.yes]
    if vision.fitted(identity):
        return f"fitted to photos, and corrected by what people answer: {count}."
    corrected = curve.corrected(learned.correction())
    sure = sum(corrected.grade(corrected.probability_of(one), one.own) is Grade.SURE for one in confirmed)
    far = f"; of the {len(confirmed)} that were confirmed it would name {sure} without asking now" if confirmed else ""
    return (
        f"not fitted to this encoder, so it asks until it has learned from the answers: {count}{far}. With labelled "
        "photos, `python -m bot eval calibrate` fits them at once."
    )


async def files(config: Config) -> str:
    """Whether nobody else on this machine can read the store, or put something in the place of it or of the weights."""
    kept = opening.files(config.store.url)
    chosen = config.models
    names = sources.names(chosen.detector, chosen.encoder, chosen.words)
    names += sources.optional(chosen.saliency, faces=chosen.faces)
    weights = [path for name in names for path in find(name).digests(config.models.cache)]
    signed_in = sessions_file(config) if kept else None
    for path in (*kept, host_key_file(config), *([signed_in] if signed_in else [])):
        if _mode(path) & (stat.S_IRWXG | stat.S_IRWXO):
            raise RapportError(f"others on this machine can read {path}, which is private; run: chmod 600 '{path}'")
    for path in (*weights, *(one.parent for one in (*kept, *weights))):
        if _mode(path) & stat.S_IWOTH and not _mode(path) & stat.S_ISVTX:  # sticky: nobody can replace another's file
            raise RapportError(f"others on this machine can write to {path}; run: chmod o-w '{path}'")
    return "nobody else on this machine can read the store or change the weights."


def exposed(config: Config, file: Path) -> str:
    """What to do about a configuration's file that others can read; "" where there is none or they can't.

    Raises `RapportError` with it when secrets stand in that file.
    """
    if not _mode(file) & (stat.S_IRGRP | stat.S_IROTH):
        return ""
    text, remedy = file.read_text("utf-8"), f"run: chmod 600 '{file}'"
    if any(secret in text for secret in config.secrets()):
        raise RapportError(f"others on this machine can read {file}, and there are secrets in it; {remedy}")
    return f"Others on this machine can read {file}; before a secret goes into it, {remedy}"


def _mode(path: Path) -> int:
    """Who may do what with it; nobody where there is nothing, or on systems without such bits."""
    try:
        return path.stat().st_mode if os.name == "posix" else 0
    except OSError:
        return 0


async def web(config: Config) -> str:
    """Whether the web chat can listen, or does already, and isn't open to everybody."""
    if not config.web.enabled:
        return "turned off."
    config.web.require_token()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.web.host, config.web.port))
        except OSError as error:
            if await health_at(config.web.host, config.web.port, config):
                return f"Rapport is running there, at port {config.web.port}."
            raise RapportError(
                f"port {config.web.port} of {config.web.host} can't be had ({error.strerror}); "
                "stop what uses it, or choose another with web.port."
            ) from error
    return f"port {config.web.port} of {config.web.host} is free."


async def telegram(config: Config) -> str:
    """Whose token it is; that Telegram can't be reached from here is no fault of the token's."""
    if not config.telegram.token.get_secret_value():
        return "turned off: there is no telegram.token."
    from adapters.telegram.server import introduce  # noqa: PLC0415 - its library is large: for those who use it

    try:
        return await introduce(config.telegram)
    except PlatformError as error:
        if error.permanent:
            raise
        return f"the token looks right. {error}"


async def discord(config: Config) -> str:
    """Whose token it is; that Discord can't be reached from here is no fault of the token's."""
    if not config.discord.token.get_secret_value():
        return "turned off: there is no discord.token."
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - as above
    from adapters.discord.syncing import introduce  # noqa: PLC0415 - as above

    try:
        return await introduce(RapportClient(config.discord), config.discord.token.get_secret_value())
    except PlatformError as error:
        if error.permanent:
            raise
        return f"there is a token. {error}"


async def platforms(config: Config) -> str:
    """How the platforms of the Rapport that is running here do."""
    health = await running_health(config)
    if health is None:
        return _NOT_RUNNING
    platform_status: dict[str, dict[str, str]] = health.get("platforms", {})
    told = "; ".join(" ".join([name, one["condition"], one["reason"]]).strip() for name, one in platform_status.items())
    if any(one["condition"] in {Condition.FAILED, Condition.WAITING} for one in platform_status.values()):
        raise RapportError(told)
    return f"{told}."


async def background(config: Config) -> str:
    """How what the Rapport that is running here does in the background goes."""
    health = await running_health(config)
    if health is None:
        return _NOT_RUNNING
    chores: dict[str, dict[str, str]] = health.get("chores", {})
    failing = [f"{name}: {one['reason']}" for name, one in chores.items() if one["condition"] == "retrying"]
    answering: dict[str, Any] = health.get("generator", {})
    if answering.get("condition") == "down":
        raise RapportError(
            f"the language model's server didn't answer; it is asked again in {answering['again_in']} s."
        )
    if failing:
        raise RapportError(f"tried again and again without success: {'; '.join(failing)}")
    encryption = health.get("encryption", {})
    told = f" {encryption['done']:,} of {encryption['of']:,} rows are encrypted." if "of" in encryption else ""
    return f"all is well with {', '.join(chores)}.{told}"


async def generator(config: Config) -> str:
    """Whether what answers can be reached, or its weights are here."""
    if config.generator.kind == "composer":
        return f"the composer, which needs nothing. {WITHOUT_MODEL}"
    chosen = generator_of(config)
    assert asks_servers(chosen) or isinstance(chosen, TransformersGenerator)  # noqa: S101 - the other kinds
    try:
        await chosen.ping()
        if asks_servers(chosen):  # one that lists its models may fail at each question
            async with aclosing(chosen.generate(Prompt(_TRIAL))) as pieces:  # type: ignore[type-var]
                [_ async for _ in pieces]
    finally:
        await chosen.aclose()
    if isinstance(chosen, TransformersGenerator):
        return f"the weights of {config.generator.model} are here."
    count = len(config.generator.base_urls)
    return (
        "the server has the model, which answers."
        if count == 1
        else f"all {count} servers have the model, one answers."
    )


CHECKS: Mapping[str, Callable[[Config], Awaitable[str]]] = MappingProxyType(
    {
        "models": models,
        "files": files,  # before the store is opened: closing it may remove its log
        "store": store,
        "grades": grades,
        "web": web,
        "telegram": telegram,
        "discord": discord,
        "platforms": platforms,
        "background": background,
        "generator": generator,
    }
)
"""In the order in which they are told."""
