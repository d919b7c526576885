"""Archives that are broken in the middle get a sentence, however they were packed."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from core.assistant.commands.archive import read
from core.errors import UserError


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_data_is_no_zip_that_can_be_read(packing: int) -> None:
    out = io.BytesIO()
    record = {"format": 1, "concepts": [{"name": "bo", "photos": [{"file": "photos/1.jpg"}]}]}
    with zipfile.ZipFile(out, "w", packing) as packed:
        packed.writestr("rapport.json", json.dumps(record))
        packed.writestr("photos/1.jpg", bytes(range(256)) * 64)
        begin = packed.getinfo("photos/1.jpg").header_offset + 30 + len("photos/1.jpg")
    damaged = bytearray(out.getvalue())
    for index in range(begin + 8, begin + 40):
        damaged[index] ^= 0xFF
    with pytest.raises(UserError, match="isn't a zip that I can read"):
        read(bytes(damaged))
