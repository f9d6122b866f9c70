"""Data sets of trajectories for PyTorch, which this module alone needs.

from torch.utils.data import DataLoader
from trailblazer_gym.torch import TrajectoryDataset

dataset = TrajectoryDataset("abr-train", datasets="runs", window=20, shuffle=True)
for batch in DataLoader(dataset, batch_size=None, num_workers=2):
    batch["observation"]  # a tensor of shape (64, 20, 6, 6)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

try:
    import torch
    from torch.utils.data import IterableDataset, get_worker_info
except ModuleNotFoundError as error:
    raise ImportError(
        "trailblazer_gym.torch needs PyTorch, which is not installed: pip install torch"
    ) from error

from trailblazer_gym.puller import pull, share


class TrajectoryDataset(IterableDataset[dict[str, torch.Tensor]]):
    """Batches of a data set, as dicts of tensors.

    It makes the batches itself: give DataLoader `batch_size=None`. Tensors share
    the memory of the message that arrived. With several workers each pulls its
    share; within an epoch, DataLoader puts them together in the order of a single
    one.

    Args:
        dataset: name of the data set.
        padded: whether fields have the shape (windows, steps, ...), zero where
            "window.mask" says that there is no step; else they have (all steps,
            ...), and "window.offsets" says where windows begin.
        **query: arguments of `pull`. With `worker` and `workers`, which are then
            the rank and the number of training processes, each process gets its
            share, and its DataLoader's workers shares of that.
    """

    def __init__(self, dataset: str, *, padded: bool = True, **query: Any) -> None:
        super().__init__()
        self.dataset = dataset
        self.padded = padded
        self.query = query

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Pulls the data set from its beginning, or from the query's cursor."""
        info = get_worker_info()
        query = share(self.query, info.id, info.num_workers) if info else self.query
        with pull(self.dataset, **query) as batches:
            for batch in batches:
                arrays = batch.arrays(padded=self.padded)
                yield {name: torch.from_numpy(a) for name, a in arrays.items()}
