"""Which clients go together into one flow run: plain values, nothing of Prefect."""

from __future__ import annotations

from collections.abc import Sequence

CLIENTS_A_SHARD_MAX = 25
"""A flow run costs about five seconds of processor, a client's tasks a few hundredths."""


def shards(slugs: Sequence[str], size_max: int = CLIENTS_A_SHARD_MAX) -> list[list[str]]:
    """Split clients into the fewest shards of at most `size_max`, in their order, as even as can be.

    A client named twice is taken once. With more than 25 clients no shard has fewer than 13.
    """
    names = list(dict.fromkeys(slugs))
    count = -(-len(names) // size_max)
    sizes = [len(names) // count + (number < len(names) % count) for number in range(count)]
    ends = [sum(sizes[: number + 1]) for number in range(count)]
    return [names[end - size : end] for size, end in zip(sizes, ends, strict=True)]
