"""Data sets as PyTorch's loaders take them; without PyTorch, what it rests on."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import serve

from trailblazer_gym import data, errors
from trailblazer_gym.puller import share

QUERY = {"window": 10, "batch_size": 4, "shuffle": True, "seed": 3}


@pytest.fixture(scope="module")
def server(program, collected):
    """Address of a server that has the collected data sets."""
    with serve(program, "--datasets", str(collected)) as (address, _):
        yield address


def in_turn(parts):
    """Takes one batch of each part after another, as DataLoader does."""
    parts = list(map(iter, parts))
    while parts:
        for part in list(parts):
            try:
                yield next(part)
            except StopIteration:
                parts.remove(part)


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_shares_put_together_are_the_whole(server, rank, parts):
    query = {**QUERY, "server": server, "worker": rank, "workers": 2}
    whole = [b["observation"].tobytes() for b in data.pull("abr", **query)]
    shares = [data.pull("abr", **share(query, i, parts)) for i in range(parts)]
    assert [b["observation"].tobytes() for b in in_turn(shares)] == whole


def test_a_cursor_is_not_divided():
    query = {"window": 10, "cursor": b"c"}
    assert share(query, 0, 1)["cursor"] == b"c"
    with pytest.raises(errors.InvalidArgumentError, match="single worker"):
        share(query, 0, 2)


def test_without_pytorch_the_remedy_is_named():
    script = """
import sys
sys.modules["torch"] = None
try:
    import trailblazer_gym.torch
except ImportError as error:
    assert "pip install torch" in str(error), error
else:
    raise AssertionError("it was imported")
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="needs PyTorch, which no extra has")


@pytest.fixture
def loader(torch, server):
    """Returns a function that loads a data set with some workers."""
    from torch.utils.data import DataLoader

    from trailblazer_gym.torch import TrajectoryDataset

    def loader(name, num_workers, **query):
        dataset = TrajectoryDataset(name, server=server, **query)
        return DataLoader(dataset, batch_size=None, num_workers=num_workers)

    return loader


def test_tensors_share_the_memory_of_batches(torch, server, monkeypatch):
    from trailblazer_gym.torch import TrajectoryDataset

    made = []
    arrays = data.Batch.arrays

    def kept(batch, **options):
        made.append(arrays(batch, **options))
        return made[-1]

    monkeypatch.setattr(data.Batch, "arrays", kept)
    for tensors in TrajectoryDataset("abr", server=server, **QUERY):
        want = made.pop()
        assert tensors.keys() == want.keys()
        for name, tensor in tensors.items():
            assert np.shares_memory(tensor.numpy(), want[name])
            assert tensor.numpy().dtype == want[name].dtype


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.parametrize("num_workers", [0, 1, 3])
def test_workers_change_nothing(loader, server, num_workers):
    whole = [b.arrays(padded=True) for b in data.pull("abr", server=server, **QUERY)]
    loaded = list(loader("abr", num_workers, **QUERY))
    assert len(loaded) == len(whole)
    for tensors, want in zip(loaded, whole):
        for name, tensor in tensors.items():
            assert tensor.numpy().tobytes() == want[name].tobytes()


@pytest.mark.parametrize("num_workers", [0, 2])
def test_packed_graphs_arrive(loader, num_workers):
    for tensors in loader("cjs", num_workers, padded=False, batch_size=1):
        steps = int(tensors["window.offsets"][-1])
        offsets = tensors["observation.dag.nodes.offsets"]
        assert len(offsets) == steps + 1
        assert int(offsets[-1]) == len(tensors["observation.dag.nodes"])
