"""How answers are generated: the host's choices, without a model library."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from core.options import Section


class GeneratorOptions(Section):
    """`[generator]`: what answers."""

    kind: Literal["", "composer", "openai", "transformers"] = Field(
        "",
        description='Empty: the preset\'s. "composer" needs no model; "openai" asks any OpenAI-compatible '
        "vision-language server; "
        '"transformers" runs a model here (pip install ".[rap]").',
    )
    model: str = Field(
        "",
        description="Empty: the preset's. The model: its name on the server; for transformers a hub id or a folder, "
        "also an adapter's.",
    )
    base_url: str = Field(
        "http://127.0.0.1:8000/v1",
        description="openai: the server's address; several, with a comma between, share the questions.",
    )
    api_key: SecretStr = Field(SecretStr(""), description="openai: its key, if it wants one.")
    revision: str = Field("", description="transformers: the hub's revision to use, best a commit's hash.")
    device: str = Field("auto", description='transformers: "cuda", "cuda:1", "mps", "cpu", or "auto".')
    quantize: Literal["none", "8bit", "4bit"] = Field(
        "none", description='transformers: smaller weights, by bitsandbytes (pip install ".[rap,quantize]").'
    )
    prompt: Literal["auto", "chat", "rap-v1", "rap-v0"] = Field(
        "auto",
        description="transformers: the model's own chat template, or RAP's prompt in Vicuna's conversation "
        "(v1 is RAP-LLaVA's).",
    )
    max_tokens: int = Field(400, ge=1, description="The longest answer, in tokens.")
    temperature: float = Field(0.2, ge=0, le=2, description="0 is sober, 1 is free.")
    keeps_pictures: bool = Field(
        False,
        description="openai: the server keeps pictures by ids (vLLM, from 0.11 on): each is sent to it once.",
    )
    timeout: float = Field(
        60, gt=0, description="Seconds: how long the server may keep silent, or a model here may write."
    )
    max_seconds: float = Field(
        120, gt=0, description="openai: Seconds that a whole answer may take; one that takes longer is cut."
    )
    max_letters: int = Field(8000, ge=1, description="The longest answer that a chat sees, in letters.")
    concurrency: int = Field(8, ge=1, description="Answers generated at the same time.")
    kept_tokens: int = Field(
        8192,
        ge=0,
        description="transformers: how much of the latest conversations stays in the model's memory, so that "
        "a further question about a photo is answered sooner; 0 keeps nothing.",
    )

    @property
    def base_urls(self) -> tuple[str, ...]:
        """Each server's address."""
        return tuple(dict.fromkeys(one.strip() for one in self.base_url.split(",") if one.strip()))
