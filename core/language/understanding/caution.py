"""Caution: what looks like an edit and may be a question, a guess, a quote or a figure of speech becomes a guess.

A guess is asked about, never carried out unasked (`Understood.unsure`). A clear request stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.intents import Intent, Understood
from core.language.understanding.topic import Asked, Topic
from core.names import fold, mentioned

# What states something, and could state something else; to forget and to undo is only ever asked for.
_STATED = {Intent.REMEMBER, Intent.RENAME, Intent.MERGE, Intent.DESCRIBE}
_WORDS = 3  # of a new name, at most
_ANSWERS = {Intent.YES, Intent.NO, Intent.NO_IS}
_QUESTION = re.compile(
    r"[?？]\s*\W*$|吗\W*$|什么|怎么|(^|\s)(right|isn't (he|she|it)|doesn't (he|she|it)|oder|verdad|no)\W*[?？]"
)
_REQUEST = re.compile(
    r"\b(can|could|would|will) (you|u)\b|\bplease\b|\b(kannst|könntest|würdest|magst) du\b|\bbitte\b"
    r"|\b(puedes|podrías|quieres)\b|\bpor fa(vor)?\b|能不能|可以|请|麻烦|帮我"
)
_HEDGED = re.compile(
    r"\b(maybe|perhaps|i think|i guess|probably|possibly|might|what if|imagine|supposedly|haha\w*|lol|jk|kidding)\b"
    r"|\b(vielleicht|glaube?|wahrscheinlich|vermutlich|eventuell|angeblich|quatsch|scherz|hihi|haha)\b"
    r"|\b(quizás?|tal vez|creo|probablemente|supongo|a lo mejor|igual que|jaja\w*)\b"
    r"|可能|也许|大概|好像|我觉得|我想|哈哈|开玩笑"
)
_QUOTED = re.compile(r"^\W*[\"“„«「『].+[\"”“»」』].*\b(said|says|sagt|sagte|dijo|dice)\b|说[:：]?[\"“「]")
# The verbs and the times that only a renaming has; "Max heißt dich willkommen" has none.
_RENAMING = re.compile(
    r"\b(re-?name|call|should be called|change|new name|actually|now|from now on|instead|back to)\b"
    r"|\b(nenn\w*|umbenenn\w*|benenn\w*|umgenannt|umtauf\w*|änder\w*|jetzt|nun|ab (jetzt|heute|sofort))\b"
    r"|\b(künftig|in zukunft)\b"
    r"|\b(renombr\w+|llám\w+|llama a|cambi\w+|ahora|a partir de|desde (ahora|hoy)|pon(le|er)?)\b"
    r"|改|以后|现在|从今|今后|重命名|换成|换个"
)
_SAME = re.compile(
    r"\b(same|merge|combine|identical|one and the same|join|unite)\b"
    r"|\b(dasselbe|das ?selbe|derselbe|dieselbe\w*|das gleiche|ein und)\b"
    r"|\b(zusammen\w*|vereinig\w*|verbinde?|verschmelz\w*)\b"
    r"|\b(l[oa]s? mism[oa]s?|el mismo|fusion\w+|junta\w*|un[ei]\w*|combin\w+)\b"
    r"|同一|合并|一样|是一个|是一只|就是"
)
# Whoever is spoken of by such a word is somebody else than the one in the photo, unless the words point there.
_OTHERS = re.compile(
    r"\b(aunt|uncle|boss|teacher|neighbou?r|friend|colleague|doctor|grand\w+|cousin)( is|'s| was)? (called|named)\b"
    r"|\b(tante|onkel|chef\w*|lehrer\w*|nachbar\w*|freund\w*|kolleg\w+|arzt|ärztin|oma|opa|cousine?) heisst\b"
    r"|\b(tía|tío|jef[ea]|profe\w*|vecin[oa]|amig[oa]|coleg[oa]|médic[oa]|abuel[oa]|prim[oa]) se llama\b"
    r"|(老板|朋友|奶奶|爷爷|邻居|老师|同事|医生|阿姨|叔叔)(也)?叫"
)
_AND = r"\s*(?:,|&|和|\b(?:and|und|y|e)\b)\s*([A-ZÄÖÜÁÉÍÓÚÑ\u3400-\u9fff]\w*)"  # a second name
_NOBODY = frozenset(
    {"stranger", "unknown", "fremder", "fremde", "unbekannt", "desconocido", "desconocida", "陌生人", "别人"}
)
_DENIED = re.compile(r"\b(not|isn't|isnt|never|nicht|kein\w*|no (es|son|se llama))\b|不是|不叫")


def cautious(text: str, understood: Understood, topic: Topic) -> Understood:
    """What was understood, as a guess where the text may be no request after all."""
    folded, intent = fold(text), understood.intent
    asks = bool(_QUESTION.search(folded))
    if intent in _ANSWERS and asks:  # "no, really?"
        return Understood(Intent.NONE)
    if understood.unsure and mentioned(text, understood.names):  # no pronoun has to be guessed
        understood = replace(understood, unsure=False)
    if intent not in _STATED or understood.unsure:
        return understood
    name = understood.names[-1]
    if intent is Intent.REMEMBER and (another := re.search(re.escape(name) + _AND, text)):
        return replace(understood, names=(name, another[1]))
    doubtful = (
        (asks and not _REQUEST.search(folded))
        or bool(_HEDGED.search(folded) or _QUOTED.search(folded))
        or (intent is Intent.RENAME and not _RENAMING.search(folded))
        or (intent is Intent.MERGE and not _SAME.search(folded))
        or (intent is Intent.REMEMBER and _is_doubtful_name(text, folded, name, topic))
    )
    if doubtful and intent is Intent.RENAME and (name[:1].islower() or name.count(" ") >= _WORDS):
        return Understood(Intent.NONE)  # "Max heißt dich willkommen" names nobody
    return replace(understood, unsure=True) if doubtful else understood


def _is_doubtful_name(text: str, folded: str, name: str, topic: Topic) -> bool:
    """Whether what was taken for a new name may be none, or somebody else's."""
    small = not name[:1].isupper() and fold(name) not in map(fold, topic.known)
    if fold(name) in _NOBODY:
        return True
    if topic.asked is Asked.WHO and fold(name) == folded and small:  # nobody has asked outright
        return True
    if small and name[:1].islower() and any(letter.isupper() for letter in text[1:]):  # "it was made by Ming"
        return True
    return bool(_OTHERS.search(folded) or _DENIED.search(folded))
