"""What adapters share: how a platform stands, a chat's order, drafts at a pace, long texts split."""
