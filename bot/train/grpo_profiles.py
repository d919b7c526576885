"""The numbers of the second stage, `train grpo`: those of a training run, and how answers are drawn and rewarded."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from bot.train.profiles import Profile


class GrpoProfile(Profile):
    """The numbers of a run of GRPO (Shao et al. 2024, arXiv 2402.03300); its batches count answers."""

    learning_rate: float = Field(1e-5, gt=0, description="The learning rate of the LoRA.")
    projector_learning_rate: float = Field(0, ge=0, le=0, description="Always 0: the projector stays as it is.")
    batch_size: int = Field(
        64, ge=2, description="Answers that one step learns from, over all GPUs: questions times group."
    )
    per_device_batch_size: int = Field(
        8, ge=1, description="Of these, how many a GPU computes at once: memory, not the result."
    )
    group: int = Field(8, ge=2, description="Answers drawn for each question, which are compared with one another.")
    temperature: float = Field(1, gt=0, description="How freely they are drawn.")
    answer_tokens: int = Field(128, ge=1, description="The longest of them, in tokens.")
    kl: float = Field(0.04, ge=0, description="What straying from the model before is charged, over its divergence.")
    clip: float = Field(0.2, gt=0, description="How far a step may move the odds of what was said, as a share.")
    names: float = Field(1, ge=0, description="The weight of saying the names that are right, as F1.")
    false_names: float = Field(1, ge=0, description="The weight of what a name costs that is wrong to say.")
    verdict: float = Field(1, ge=0, description="The weight of the right yes or no.")
    box: float = Field(1, ge=0, description="The weight of a box's overlap with the right one.")


GRPO_PROFILES: Mapping[str, GrpoProfile] = {
    "rap": GrpoProfile(),
    "small": GrpoProfile(lora_rank=16, lora_alpha=32, per_device_batch_size=2, quantize="4bit"),
    "cpu": GrpoProfile(
        lora_rank=8,
        lora_alpha=16,
        learning_rate=1e-3,
        batch_size=8,
        per_device_batch_size=8,
        group=4,
        answer_tokens=16,
        precision="fp32",
        gradient_checkpointing=False,
        save_steps=5,
        dataloader_workers=0,
    ),
}
