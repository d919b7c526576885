"""What adapters share: how a platform stands, a chat's order, throttled drafts, long texts split."""

from core.platforms.order import ChatOrder
from core.platforms.status import Platform, PlatformStatus

__all__ = ["ChatOrder", "Platform", "PlatformStatus"]
