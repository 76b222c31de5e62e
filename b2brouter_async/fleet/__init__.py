"""Many machines, one ledger: documents wait in a PostgreSQL, and whoever has time delivers them, each exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .._postgres.schema import migrate as migrate
    from .._postgres.schema import migration_sql as migration_sql
    from .contents import Fetch as Fetch
    from .deliver import Clients as Clients
    from .deliver import Deliverer as Deliverer
    from .deliver import Destination as Destination

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "._postgres.schema": (
                "migrate",
                "migration_sql",
            ),
            "contents": ("Fetch",),
            "deliver": (
                "Clients",
                "Deliverer",
                "Destination",
            ),
        },
    )
