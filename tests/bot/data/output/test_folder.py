from __future__ import annotations

from pathlib import Path

import pytest

from bot.data.output.folder import installed, write_folder
from core.errors import ConfigError


@pytest.mark.skipif(installed(), reason="the library is here")
def test_without_the_library_a_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'pip install "\.\[data\]"'):
        write_folder(tmp_path, {"train": []})
    assert list(tmp_path.iterdir()) == []
