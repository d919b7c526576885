"""Pictures that a server keeps by their ids, so that each is sent to it once.

vLLM (0.11 and later) takes an id beside each picture, and the id alone for one that it has read already. It answers
with an error where that isn't in its cache any more. Source:
https://docs.vllm.ai/en/latest/features/multimodal_inputs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import openai
from cachetools import LRUCache

_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INTERNAL_SERVER_ERROR)
_MOST = 2000  # ids of pictures, the last ones that a server has read


class KeptPictures:
    """Which pictures a server has read."""

    def __init__(self) -> None:
        self._read: LRUCache[str, None] = LRUCache(_MOST)

    def without_known(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with the ids alone of pictures that the server has read; the same one where it has read none."""
        if not any(id in self._read for id in _ids(request)):
            return request

        def short(part: dict[str, Any]) -> dict[str, Any]:
            return {**part, "image_url": None} if part.get("uuid") in self._read else part

        messages = [
            one if isinstance(one["content"], str) else {**one, "content": [short(part) for part in one["content"]]}
            for one in request["messages"]
        ]
        return {**request, "messages": messages}

    def have_been_read(self, request: dict[str, Any]) -> None:
        """The server has taken it."""
        self._read.update(dict.fromkeys(_ids(request)))

    def forget(self, request: dict[str, Any]) -> None:
        """The server has lost some of those in a request, as after a restart: nobody can tell which."""
        for id in _ids(request):
            self._read.pop(id, None)


def may_miss_pictures(error: openai.APIError) -> bool:
    """Whether a server may have refused a request since it has lost a picture; it does so before it answers."""
    return isinstance(error, openai.APIStatusError) and error.status_code in _REFUSED


def name_pictures(messages: list[dict[str, Any]]) -> None:
    """Give each picture an id, in place: by what it shows, so that all processes call it the same."""
    for part in _pictures(messages):
        part["uuid"] = sha256(part["image_url"]["url"].encode("ascii")).hexdigest()


def _ids(request: dict[str, Any]) -> list[str]:
    return [part["uuid"] for part in _pictures(request["messages"]) if "uuid" in part]


def _pictures(messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if not isinstance(message["content"], str):
            yield from (part for part in message["content"] if part["type"] == "image_url")
