"""Gymnasium's own vector, made to take infos of differing length."""

import numpy as np
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import SyncVectorEnv

from trailblazer_gym.ragged import Graphs, Ragged


class RaggedSyncVectorEnv(SyncVectorEnv):
    """Gymnasium's vector, which knows no infos of differing length.

    Args:
        ragged: the keys of those.
    """

    def __init__(self, env_fns, ragged, **options):
        self._ragged = set(ragged)
        super().__init__(env_fns, **options)

    def _add_info(self, vector_infos, env_info, env_num):
        ragged = self._ragged & env_info.keys()
        rest = {key: env_info[key] for key in env_info.keys() - ragged}
        infos = super()._add_info(vector_infos, rest, env_num)
        for key in ragged:
            infos.setdefault(key, np.full(self.num_envs, None))[env_num] = env_info[key]
            infos.setdefault(f"_{key}", np.zeros(self.num_envs, bool))[env_num] = True
        return infos


def plain(value):
    """Replaces flat buffers by tuples, which Gymnasium's vectors have."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (Ragged, Graphs)):
        return tuple(value)
    return tuple(map(plain, value)) if type(value) is tuple else value


def same(ours, theirs):
    """Asserts that two results are equal, down to dtypes and masks."""
    assert data_equivalence(plain(ours), plain(theirs), exact=True)
