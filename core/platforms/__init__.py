"""What adapters share: each platform's condition, a chat's order, throttled drafts, long texts split."""

from core.platforms.order import ChatOrder
from core.platforms.status import Platform, PlatformStatus

__all__ = ["ChatOrder", "Platform", "PlatformStatus"]
