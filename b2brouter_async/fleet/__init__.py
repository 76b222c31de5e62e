"""Many machines, one ledger: documents wait in a PostgreSQL, and whoever has time delivers them, each exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .._postgres.schema import migrate as migrate
    from .._postgres.schema import migration_sql as migration_sql
    from .blocking import BlockingDeliverer as BlockingDeliverer
    from .contents import Content as Content
    from .contents import Fetch as Fetch
    from .contents import Reference as Reference
    from .deliver import Clients as Clients
    from .deliver import Deliverer as Deliverer
    from .deliver import Destination as Destination
    from .encryption import DocumentKeys as DocumentKeys
    from .engine import install_engine as install_engine
    from .outbox import Outbox as Outbox
    from .overview import Filter as Filter
    from .overview import Overview as Overview
    from .retention import Purged as Purged
    from .retention import Retention as Retention
    from .sweeping import Due as Due
    from .sweeping import due as due
    from .sweeping import sweep as sweep
    from .worker import Worker as Worker
    from .worker import WorkerSettings as WorkerSettings

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "._postgres.schema": (
                "migrate",
                "migration_sql",
            ),
            "blocking": ("BlockingDeliverer",),
            "contents": ("Content", "Fetch", "Reference"),
            "deliver": (
                "Clients",
                "Deliverer",
                "Destination",
            ),
            "encryption": ("DocumentKeys",),
            "engine": ("install_engine",),
            "outbox": ("Outbox",),
            "overview": ("Filter", "Overview"),
            "retention": ("Purged", "Retention"),
            "sweeping": ("Due", "due", "sweep"),
            "worker": ("Worker", "WorkerSettings"),
        },
    )
