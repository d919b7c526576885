"""Names for plain photos: by the folder that they are in, or by their own file names."""

from __future__ import annotations

import re

_LONGEST = 200  # characters of a path's part that are looked at; no name may be so long
# "bo (2)", "bo_1", "bo-03", "bo 1", "bo - Copy": further photos of bo.
_NUMBERED = re.compile(r"(?:[\s_-]*\(\d+\)|[\s_-]+\d{1,4}|[\s_-]+copy)+$", re.IGNORECASE)
# What cameras, phones, messengers and browsers call a photo or a folder of photos.
_NO_NAME = re.compile(
    r"""[\d\s_.,()+:-]*                                    # 20240131_120000, 1 (2)
    |(?:img|images?|pics?|pictures?|photos?|fotos?|bild(?:er)?|dcim|camera|downloads?|untitled|unnamed|scans?
       |screenshots?|snapshots?|files?|media|temp|tmp|new\ folder)[\d\s_.,()-]*
    |(?:img|imag|dsc[nf]?|pxl|mvimg|gopr|cimg|hpim|pano|burst|fb_img|_mg|_dsc)[\s_-]*\d[\w\s.,()-]*
    |(?:gp|sam|vid|kic|p|wa)[\s_-]?\d{4,}                 # SAM_1234, P1010001
    |\d{3}[a-z_]{3,5}                                      # 100APPLE, 100CANON
    |(?:whatsapp|signal|telegram|screen\ ?shot|bildschirmfoto|captura).*\d.*
    |[0-9a-f]{4,}(?:[\s_-]+[0-9a-f]{4,}){2,}|[0-9a-f]{16,} # a UUID, a hash
    """,
    re.IGNORECASE | re.VERBOSE,
)


def name_of(path: str) -> str | None:
    """Who is on a photo: the nearest folder's name, else the file's own; None where neither tells.

    "pets/bo/1.jpg" and "bo (2).jpg" are bo; "IMG_1234.jpg" is nobody, and "photos" no name for a folder's photos.
    """
    *folders, file = (part[:_LONGEST].strip() for part in path.split("/"))
    stem = file.rpartition(".")[0].strip()
    names = [*reversed(folders), "" if _NO_NAME.fullmatch(stem) else _NUMBERED.sub("", stem)]
    return next((one for one in names if not _NO_NAME.fullmatch(one)), None)
