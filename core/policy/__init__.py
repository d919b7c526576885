"""Who may do what, and how much of it: the host's lists, quotas, and the right to edit."""

from core.policy.access import Access
from core.policy.permissions import is_admin, may_edit
from core.policy.quotas import Quotas

__all__ = ["Access", "Quotas", "is_admin", "may_edit"]
