import os
import subprocess
import sys
from pathlib import Path

from tests.house.source import HOUSE
from tests.support.tiny import onnx


def test_onnx_runtime_reports_to_nobody_and_keeps_no_id_of_the_machine(tmp_path: Path) -> None:
    graph, home = onnx.embeds_graph(tmp_path / "clip.onnx"), tmp_path / "home"
    home.mkdir()
    load = "import sys, pathlib; from core.models.onnx.sessions import Session; Session(pathlib.Path(sys.argv[1]))"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "XDG_"))}
    command = [sys.executable, "-B", "-c", load, str(graph)]
    subprocess.run(command, cwd=HOUSE, env={**environment, "HOME": str(home)}, check=True, timeout=300)
    assert not list(home.rglob("*"))
