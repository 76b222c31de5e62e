"""`python -m b2brouter_async`: the command `b2brouter`, where no script of that name is on the path."""

from __future__ import annotations

from .cli import main

if __name__ == "__main__":
    main()
