"""Several keys as one: which key sees which account, something for every account, one upload over all of them.

    async with B2BrouterGroup({"north": "test_…", "south": "test_…"}) as group:
        async with group.upload("journals") as run:
            async for outcome in run(documents):
                ...

docs/accounts.md says how it holds.
"""
