"""Talk that asks for nothing the bot can do: a short human reaction, or that it didn't get that and what it can do.

What is said is decided by what was said before and by the text, never by chance: not the same sentence twice in a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from types import MappingProxyType

from core.i18n.lazy_strings import gettext_noop
from core.names import fold, mentioned
from core.ports import Prompt


class Tone(Enum):
    """What kind of talk a text is."""

    FORGET_ALL = auto()
    KEEP_PHOTO = auto()
    ROBOT = auto()
    JOKE = auto()
    WONT_FORGET = auto()
    ANSWER = auto()
    LOVE = auto()
    INSULT = auto()
    PRAISE = auto()
    LAUGH = auto()
    SORRY = auto()
    NEVER_MIND = auto()
    GOODBYE = auto()
    HOW_ARE_YOU = auto()
    REMIND = auto()
    HOW_TO = auto()
    ABOUT_SOMEBODY = auto()
    QUESTION = auto()
    UNCLEAR = auto()


# Tried in their order, on the folded text; whatever the chat's language, people say "cool" and "lol".
_SIGNS = (
    (
        Tone.FORGET_ALL,
        r"^(please )?(forget|delete|erase) (everyone|everybody|everything|all)\W*$"
        r"|^(bitte )?(vergiss (bitte )?(alle|alles|jeden)|lösche? (bitte )?alles)\W*$"
        r"|^(olvida|olvídalo|borra|bórralo|elimina) (a )?(todo|todos)\W*$"
        r"|^(请)?(忘掉|忘记|删除|清除)(所有|一切|全部)(人|的人)?\W*$",
    ),
    (
        Tone.KEEP_PHOTO,
        r"^(please )?keep (this|that|the) (photo|picture|pic)\W*$"
        r"|^(bitte )?heb(e)? (bitte )?(das|dieses) (foto|bild) auf\W*$"
        r"|^guarda (esta|esa|la) foto\W*$|^(请)?留下(这张|那张)?照片\W*$",
    ),
    (
        Tone.ROBOT,
        r"^are you (a |an )?(robot|bot|human|person|ai|real)\b|^bist du (ein |eine )?(roboter|bot|mensch|ki|echt)\b"
        r"|^¿?eres (un |una )?(robot|bot|humano|persona|ia)\b|^你是(不是)?(机器人|真人|人吗|ai)",
    ),
    (Tone.JOKE, r"^tell (me|us) a joke|^erzähl\w* (mir |uns )?(bitte )?einen witz|^cuénta\w* un chiste|讲个?笑话"),
    (
        Tone.WONT_FORGET,
        r"^(please )?(don'?t|do not|never) forget \S+\W*$|^(bitte )?vergiss \S+ (bitte )?nicht\W*$"
        r"|^no (te )?olvides (a|de) \S+\W*$|^(请)?(别|不要)忘(记|了|掉)?\s?(?![了喂带给去买做])\S{1,12}$",
    ),
    (
        Tone.ANSWER,
        r"^(yes|yep|yeah|no|nope|nah|ja|jep|jo|nein|nö|ne|sí|si|是|是的|对|对的|不|不是|没有|嗯|不对)\W*$|^[👍👎]+$",
    ),
    (
        Tone.LOVE,
        r"\b(love|adore|miss|like) (you|u)\b|\bmarry me|\b(liebe?|mag|vermiss\w*) dich|hab dich lieb"
        r"|\bte (quiero|amo|adoro)\b"
        r"|爱你|喜欢你|想你|么么",
    ),
    (
        Tone.INSULT,
        r"\b(stupid|idiot|dumb|useless|suck|sucks|shit|crap|hate you|shut up|moron|fuck\w*|bad bot|worst)\b"
        r"|\b(blöd\w*|dumm\w*|doof|depp|nutzlos|scheiss\w*|halt die klappe|hasse dich)\b"
        r"|\b(tonto|tonta|estúpid\w+|inútil|mierda|cállate|te odio)\b"
        r"|笨|傻|蠢|没用|垃圾|闭嘴|讨厌你|滚",
    ),
    (
        Tone.HOW_ARE_YOU,
        r"\bhow are you|how('s| is) it going|what'?s up\b|wie geht('?s| es)|\b(qué|que) tal\b|cómo estás"
        r"|你好吗|最近怎么样",
    ),
    (
        Tone.GOODBYE,
        r"\b(bye|good ?night|see you|see ya|gute nacht|tschüss|tschüs|ciao|bis (bald|morgen|später)|buenas noches"
        r"|adiós|adios|hasta (luego|mañana|pronto))\b|晚安|再见|拜拜|明天见",
    ),
    (
        Tone.REMIND,
        r"^(please )?(don'?t forget|remember|remind)\b|^(bitte )?(vergiss nicht|denk an|erinner\w*)\b"
        r"|^(no (te )?olvides|recuerda|recuérdame)\b"
        r"|别忘|提醒|记得",
    ),
    (
        Tone.HOW_TO,
        r"^how (do|can|to|does)\b|^what (can|do) (you|i)\b|^wie (kann|mache?|lösche?|geht)\b"
        r"|^cómo (puedo|se|hago)\b|怎么|如何",
    ),
    (
        Tone.SORRY,
        r"\b(sorry|my bad|oops|entschuldig\w*|tut mir leid|ups|perdón|perdona|lo siento)\b|对不起|抱歉|不好意思",
    ),
    (
        Tone.NEVER_MIND,
        r"\b(never ?mind|forget it|whatever|nvm|schon gut|alles klar|h+m+|vergiss es|egal|macht nichts)\b"
        r"|\b(olvídalo|no importa|da igual|déjalo)\b|算了|没什么|没事|没关系|随便",
    ),
    (Tone.LAUGH, r"^(ha(ha)+|lol+|rofl|hihi\w*|jaja\w*|xd+|哈+|嘻+|呵+|笑死)\W*$"),
    (
        Tone.PRAISE,
        r"\b(cool|nice|great|wow|amazing|awesome|super|good (bot|boy)|well done|cute|ok|okay)\b"
        r"|\b(toll|klasse|prima|krass|perfekt|schön|süss|gut gemacht|genial|guay|qué bien|perfecto|bonito|vale)\b"
        r"|厉害|真棒|太好了|不错|可爱|好的",
    ),
)
RIGHT = (gettext_noop("Good, then I got it right."), gettext_noop("I thought so!"))  # to a yes after a name
NOTHING_ASKED = (
    gettext_noop("I didn't ask anything just now, but I'm listening."),
    gettext_noop("Hm, what do you mean? I hadn't asked anything."),
)
_SAID: Mapping[Tone, tuple[str, ...]] = MappingProxyType(
    {
        Tone.FORGET_ALL: (gettext_noop("To erase everything here, send /forgetall; I'll ask before I do."),),
        Tone.KEEP_PHOTO: (gettext_noop("Answer to the photo with /keep, and I'll keep it."),),
        Tone.ROBOT: (gettext_noop("I'm a chat-bot, yes: one that looks at photos."),),
        Tone.JOKE: (gettext_noop("I'd rather not, my jokes are terrible. Photos are what I'm good at."),),
        Tone.WONT_FORGET: (gettext_noop("I won't forget {name}."),),
        Tone.ANSWER: NOTHING_ASKED,
        Tone.LOVE: (
            gettext_noop("Aww, thank you! I like being here with you."),
            gettext_noop("That's sweet of you. Send me someone you love, and I'll remember them, too."),
        ),
        Tone.INSULT: (
            gettext_noop("Ouch. Tell me what I got wrong, and I'll put it right."),
            gettext_noop("I'm doing my best. If I mixed someone up, say “no, that's Max”, for instance."),
            gettext_noop("Fair enough. I learn from every correction, so go ahead."),
        ),
        Tone.HOW_ARE_YOU: (
            gettext_noop("I'm fine, thanks! And ready for your photos."),
            gettext_noop("All good here. Is there anyone I should meet?"),
        ),
        Tone.GOODBYE: (
            gettext_noop("See you! I'll keep everyone in mind."),
            gettext_noop("Take care, and till next time!"),
        ),
        Tone.REMIND: (
            gettext_noop("I can't remind you of things, sorry. But I keep what you tell me about someone I know."),
            gettext_noop("Reminders aren't my thing. Faces are."),
        ),
        Tone.HOW_TO: (
            gettext_noop(
                "Just say it: “this is bo” with a photo, “no, that's Max”, “forget bo” or “undo”. /help shows the rest."
            ),
            gettext_noop("Tell me in plain words, or look at /help: it shows what I understand."),
        ),
        Tone.SORRY: (gettext_noop("No worries!"), gettext_noop("Don't mention it.")),
        Tone.NEVER_MIND: (gettext_noop("All right."), gettext_noop("OK, as you like.")),
        Tone.LAUGH: (gettext_noop("Glad you like it! 😄"), gettext_noop("Heh. 😄")),
        Tone.PRAISE: (gettext_noop("Glad to hear it!"), "🙂", gettext_noop("Nice!")),
        Tone.QUESTION: (
            gettext_noop("I wish I knew. I only know my way around photos, and whom you've shown me."),
            gettext_noop("That's not one I can answer. Ask me who's in a photo, or about someone I know."),
            gettext_noop("No idea, sorry. Faces are what I'm good at."),
        ),
        Tone.UNCLEAR: (
            gettext_noop("I didn't quite get that. Send me a photo, or ask me about someone I know."),
            gettext_noop("Hm, I'm not sure what you mean. Try “who is this?” with a photo, or “who do you know?”."),
            gettext_noop("That went past me, sorry. I'm best with photos: send one, and I'll say who's there."),
        ),
        Tone.ABOUT_SOMEBODY: (
            gettext_noop("I like hearing about {name}. What you write like “{name} loves snow”, I keep."),
            gettext_noop("If that's something I should know about {name}, write it like “{name} loves snow”."),
        ),
    }
)
_HELPS = frozenset({Tone.FORGET_ALL, Tone.KEEP_PHOTO, Tone.WONT_FORGET, Tone.ROBOT})
_PLEASANTRIES = frozenset({Tone.LOVE, Tone.INSULT, Tone.SORRY, Tone.NEVER_MIND, Tone.LAUGH, Tone.PRAISE, Tone.GOODBYE})
_NEW_HERE = (
    gettext_noop("I didn't quite get that. Send me a photo and say who it is, as in “this is bo”; then I'll know bo."),
    gettext_noop("I'm new here and don't know anyone yet. Send me a photo and tell me who it is!"),
)
_ASKS = re.compile(
    r"[?？]|^(who|what(?! an?\b)|when|why|how|where|which|wer|was|wann|warum|wieso|wie|wo)\b"
    r"|^(quién|qué|cuándo|por qué|cómo|dónde)\b"
    r"|(吗|呢|什么|为什么|谁|几点)"
)


def reaction(prompt: Prompt) -> str:
    """What to say to talk that asks for nothing."""
    text, names, tone = fold(prompt.question), mentioned(prompt.question, prompt.names), _tone(prompt)
    if tone is Tone.UNCLEAR and not any(letter.isalnum() for letter in text):
        return prompt.question if 0 < len(prompt.question) <= 4 and "?" not in prompt.question else "🙂"
    if tone is Tone.UNCLEAR and _ASKS.search(text):
        tone = Tone.QUESTION
    elif tone in (Tone.UNCLEAR, Tone.PRAISE) and names:
        tone = Tone.ABOUT_SOMEBODY
    choices = _NEW_HERE if tone is Tone.UNCLEAR and not prompt.names else _SAID[tone]
    return another(prompt, choices, name=names[0] if names else "")


def sure_reaction(prompt: Prompt) -> list[str]:
    """The same where it is sure to fit the talk; empty where a language model would have had more to say."""
    tone = _tone(prompt)
    fits = tone in _HELPS or (tone in _PLEASANTRIES and not _ASKS.search(fold(prompt.question)))
    return [reaction(prompt)] if fits else []


def _tone(prompt: Prompt) -> Tone:
    text, names = fold(prompt.question), mentioned(prompt.question, prompt.names)
    tones = (tone for tone, signs in _SIGNS if re.search(signs, text))
    return next((tone for tone in tones if names or tone is not Tone.WONT_FORGET), Tone.UNCLEAR)


def another(prompt: Prompt, choices: Sequence[str], **values: str) -> str:
    """One of several sentences that say the same: none of the last ones, and the same for the same conversation.

    The first of `choices` comes first where none was said yet.
    """
    said = [entry.text for entry in (*prompt.history, *prompt.said) if entry.role == "assistant"]
    sentences = [prompt.translator.gettext(one, **values) for one in choices]
    last = [max((turn for turn, text in enumerate(said) if one in text), default=-1) for one in sentences]
    return min(sentences, key=lambda sentence: last[sentences.index(sentence)])
