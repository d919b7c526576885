"""Moments of the past in words: "today", "yesterday at 15:20", "on Tuesday", "on 3 May".

Days are those of the computer's time zone: a home's bot lives where its people do.
"""

from __future__ import annotations

from datetime import datetime

from core.i18n.translator import Translator

_WEEK = 7  # days, within which a weekday's name tells which one is meant


def day_of(moment: datetime, now: datetime, translator: Translator) -> str:
    """The day of a moment, as it is said now, inside a sentence."""
    days, weekday, date = _distance(moment, now, translator)
    if days in (0, 1):
        return translator.gettext("yesterday") if days else translator.gettext("today")
    return (
        translator.gettext("on {weekday}", weekday=weekday) if weekday else translator.gettext("on {date}", date=date)
    )


def moment_of(moment: datetime, now: datetime, translator: Translator) -> str:
    """The day and the time of a moment, inside a sentence."""
    time = translator.format_time(moment.astimezone())
    return translator.gettext("{day} at {time}", day=day_of(moment, now, translator), time=time)


def since_of(moment: datetime, now: datetime, translator: Translator) -> str:
    """Since the day of a moment: "since yesterday", "since Tuesday", "since 3 May"."""
    days, weekday, date = _distance(moment, now, translator)
    if days in (0, 1):
        return translator.gettext("since yesterday") if days else translator.gettext("since today")
    if weekday:
        return translator.gettext("since {weekday}", weekday=weekday)
    return translator.gettext("since {date}", date=date)


def _distance(moment: datetime, now: datetime, translator: Translator) -> tuple[int, str, str]:
    """How many days ago a moment was, its weekday where that tells which day it was, and its date."""
    here, today = moment.astimezone(), now.astimezone()
    days = (today.date() - here.date()).days
    date = translator.format_day(here) if here.year == today.year else translator.format_date(here)
    return days, translator.format_weekday(here) if 1 < days < _WEEK else "", date
