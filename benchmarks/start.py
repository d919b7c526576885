"""From process start to answers: `python -m benchmarks.start [PHOTO]`.

Starts `python -m bot pipe` as a person would and times its first lines; the weights have to be there
(`python -m bot models pull`). Compared with what Python takes to import the bare model runtime.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import PIL.Image

REPEATS = 5
_BARE = "import numpy, onnxruntime"


def _photo(folder: Path) -> Path:
    """A JPEG of noise, as large as a phone's preview; its content doesn't affect the time."""
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).resize((1600, 1200)).save(out, "JPEG")
    path = folder / "photo.jpg"
    path.write_bytes(out.getvalue())
    return path


def _once(folder: Path, photo: Path) -> tuple[float, float, int]:
    """Seconds to `/help` answered, to the first photo answered, and the peak memory in bytes."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot", "pipe", "--store", str(folder / "start.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdin
        assert bot.stdout
        bot.stdin.write('{"id": "1", "text": "/help"}\n')
        bot.stdin.flush()
        bot.stdout.readline()
        helped = time.perf_counter() - began
        bot.stdin.write(json.dumps({"id": "2", "photos": [str(photo)]}) + "\n")
        bot.stdin.flush()
        answer = json.loads(bot.stdout.readline())
        assert "text" in answer, answer
        answered = time.perf_counter() - began
        status = Path(f"/proc/{bot.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        bot.stdin.close()
    return helped, answered, peak * 1024


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _BARE], check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(sys.argv[1]) if len(sys.argv) > 1 else _photo(Path(folder))
        runs = [_once(Path(folder), photo) for _ in range(REPEATS)]
        bare = statistics.median(_bare() for _ in range(REPEATS))
    helped = statistics.median(run[0] for run in runs)
    print(
        json.dumps(
            {
                "benchmark": "start",
                "compares": f"process start to /help answered, against `{_BARE}`",
                "help_s": round(helped, 3),
                "goal_s": 1.0,
                "first_photo_s": round(statistics.median(run[1] for run in runs), 3),
                "peak_mb": round(max(run[2] for run in runs) / 1e6),
                "bare_import_s": round(bare, 3),
                "ratio": round(helped / bare, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
