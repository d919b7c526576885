"""Training steps per second and their memory: `python -m benchmarks.training` (needs the [rap,train] extras).

On CUDA the `rap` profile on a LLaVA-1.5-7B of random weights, on a CPU the `cpu` profile on a small one. Samples are
written to disk, a photo and one or two concepts each, and `bot train run`'s own parts read, batch and train them;
in the same run, on the same model, the bare loop takes ready batches: forward, backward, clipping, step. A step is one
of `per_device_batch_size` samples (`batch_size` gathers several), so that fifty fit into the time; a checkpoint isn't
counted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from transformers import GenerationConfig, TrainerCallback

from benchmarks import generation
from benchmarks.gpu import hardware
from benchmarks.gpu.figures import as_line, keep
from bot.data.samples import Kind, RetrievedConcept, Sample, Turn, write_samples
from bot.logs import set_up
from bot.train import adapting
from bot.train.inputs import Example, Reader, collate
from bot.train.planning import Selection, select
from bot.train.profiles import PROFILES, Profile
from bot.train.run import Training, trainer_of

CUDA = torch.cuda.is_available()
DEVICE = "cuda" if CUDA else "cpu"
STEPS, WARM = (50, 5) if CUDA else (4, 1)
SEVEN = generation.Size(
    "LLaVA-1.5-7B's shapes, bfloat16",
    generation.LARGE.language
    | {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32},
    generation.LARGE.vision,
    chats=(),
    tokens=0,
    rounds=0,
)


def samples_in(folder: Path, count: int) -> list[Sample]:
    """Samples whose pictures lie in the folder, with one or two concepts in turns."""
    samples = []
    for number in range(count):
        names = [f"photo-{number}.jpg", *(f"concept-{number}-{one}.jpg" for one in range(1 + number % 2))]
        for place, name in enumerate(names):
            (folder / name).write_bytes(generation.photo(10 * number + place))
        known = [
            RetrievedConcept(crop=crop, name=f"bo{one}", info=f"<bo{one}> is a Shiba Inu who loves snow.")
            for one, crop in enumerate(names[1:])
        ]
        turn = Turn(question="What is <bo0> doing?", answer="<bo0> is running through deep snow, and looks happy.")
        samples.append(Sample(id=str(number), kind=Kind.CAPTION, image=names[0], turns=(turn,), concepts=tuple(known)))
    write_samples(folder / "train.json", samples)
    return samples


class Clock(TrainerCallback):  # type: ignore[misc,unused-ignore] # unknown in the base set
    """When each step was over."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """See `TrainerCallback`."""
        hardware.synchronize()
        self.times.append(time.perf_counter())

    def seconds(self) -> float:
        """For a step, once it is warm."""
        return (self.times[-1] - self.times[WARM - 1]) / (len(self.times) - WARM)


def peak_gb() -> float | None:
    """The most memory since it was last asked, on a GPU."""
    if not CUDA:
        return None
    most = float(torch.cuda.max_memory_allocated()) / 1e9
    torch.cuda.reset_peak_memory_stats()
    return most


def bare(model: Any, profile: Profile, batches: Sequence[dict[str, Any]]) -> float:
    """Seconds for a step of the loop that anyone would write, on batches that stand ready."""
    optimizer = torch.optim.AdamW(adapting.groups(model, profile))
    trained = [one for one in model.parameters() if one.requires_grad]
    ready = [{name: tensor.to(DEVICE) for name, tensor in batch.items()} for batch in batches]
    clock = Clock()
    model.train()
    for number in range(STEPS):
        with torch.autocast(DEVICE, torch.bfloat16, enabled=profile.precision == "bf16"):
            loss = model(**ready[number % len(ready)], use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, profile.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()
        clock.on_step_end()
    return clock.seconds()


def measure(folder: Path, figures: dict[str, Any]) -> None:
    """Add the figures of our trainer and of the bare loop."""
    given: dict[str, Any] = {"max_steps": STEPS, "save_steps": 10**6, "max_length": 2560}
    profile = PROFILES["rap" if CUDA else "cpu"]
    profile = profile.model_copy(update=given | {"batch_size": profile.per_device_batch_size})
    loaded = generation.random_llava(SEVEN if CUDA else generation.SMALL, DEVICE)
    loaded.model.generation_config = GenerationConfig(eos_token_id=2)
    parameters = sum(one.numel() for one in loaded.model.model.language_model.parameters())
    samples = samples_in(folder, STEPS * profile.per_device_batch_size // 2)
    reader = Reader(loaded, profile, folder)
    chosen = {"train": select(reader, samples, folder, "train", lambda *_: None), "eval": Selection((), {})}
    assert len(chosen["train"].items) == len(samples), chosen["train"].refused
    examples = [reader.example(*item) for item in chosen["train"].items[: 8 * profile.per_device_batch_size]]
    tokens = mean(one.length for one in examples)
    plan = Training(folder, "bench", folder / "run", profile)
    plan.out.mkdir()
    trainer = trainer_of(plan, loaded, reader, chosen, device=DEVICE, step=0, progress=lambda *_: None)
    trainer.add_callback(clock := Clock())
    peak_gb()
    trainer.train()
    ours = clock.seconds()
    figures |= {"tokens_a_sample": tokens, "samples_a_step": profile.per_device_batch_size, "rank": profile.lora_rank}
    figures |= {
        "steps_per_s": 1 / ours,
        "samples_per_s": profile.per_device_batch_size / ours,
        "peak_memory_gb": peak_gb(),
    }
    # A frozen model is passed through forwards once, or twice where activations are computed anew, and backwards once.
    cost = 2 * parameters * tokens * profile.per_device_batch_size * (3 if profile.gradient_checkpointing else 2)
    peak = hardware.measured_peak(torch.device(DEVICE), torch.bfloat16 if CUDA else torch.float32)
    figures |= {"of_measured_peak": cost / ours / peak}
    keep(figures)
    alone = bare(trainer.model, profile, batches_of(examples, profile.per_device_batch_size))
    figures |= {"bare_steps_per_s": 1 / alone, "bare_peak_memory_gb": peak_gb(), "ratio_to_bare": alone / ours}
    keep(figures)


def batches_of(examples: Sequence[Example], size: int) -> list[dict[str, Any]]:
    """The examples in batches of a size."""
    return [collate(examples[start : start + size], padding=0) for start in range(0, len(examples), size)]


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    torch.set_num_threads(1)  # threads that wait for each other on a shared machine measure the machine
    figures: dict[str, Any] = {
        "benchmark": "training",
        "model": (SEVEN if CUDA else generation.SMALL).name,
        "profile": "rap" if CUDA else "cpu",
        **hardware.described(),
        "steps": STEPS,
        "compares": "`bot train run`'s trainer; the bare loop on ready batches",
    }
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), figures)
    print(as_line(figures))


if __name__ == "__main__":
    main()
