"""What agents of trailblazer/CJS-v0 need: padded arrays, masks, joined graphs.

An observation is one cluster's: a graph of stages, and lists of jobs. All
functions take one, or those of a vector at once; then their results have the
environment as first axis. None loops over nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.spaces import GraphInstance

from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.ragged import Graphs, Ragged
from trailblazer_gym.tensors import Array

# The action {"stage": PASS} leaves the executors idle.
PASS = -1


class Clusters:
    """The observations of N environments as one graph, for code without loops.

    Indices of nodes and jobs count through all environments.

    Args:
        observation: of one environment (N is 1), or of a vector.
    """

    def __init__(self, observation: Mapping[str, Any]) -> None:
        self._parts = _Parts(observation)

    @property
    def num_envs(self) -> int:
        """N."""
        return len(self._parts.nodes)

    @property
    def nodes(self) -> Array:
        """Remaining tasks, task duration (ms) and schedulable; float32, (V, 3)."""
        return self._parts.nodes.rows

    @cached_property
    def node_env(self) -> Array:
        """Environment of each node; (V,)."""
        return self._parts.nodes.owners

    @cached_property
    def node_job(self) -> Array:
        """Job of each node; (V,)."""
        return np.repeat(np.arange(len(self.job_env)), self._parts.job_sizes)

    @cached_property
    def edges(self) -> Array:
        """Pairs of nodes (from, to), sorted; (E, 2)."""
        links = self._parts.links
        first = np.repeat(self._parts.nodes.offsets[:-1], links.counts)
        return links.rows + first[:, np.newaxis]

    @cached_property
    def job_env(self) -> Array:
        """Environment of each job; (J,)."""
        return self._parts.supply.owners

    @property
    def executor_supply(self) -> Array:
        """Executors that each job has; (J,)."""
        return self._parts.supply.rows

    @property
    def executor_limit(self) -> Array:
        """Executors that each job can still be given; (J,)."""
        return self._parts.limit.rows

    @cached_property
    def is_source(self) -> Array:
        """Whether a job had the executors that are to be given away; bool, (J,)."""
        return self._parts.supply.places == self.source_job[self.job_env]

    @cached_property
    def schedulable(self) -> Array:
        """Node of each schedulable stage; (S,)."""
        listed = self._parts.schedulable
        return listed.rows + np.repeat(self._parts.nodes.offsets[:-1], listed.counts)

    @cached_property
    def schedulable_env(self) -> Array:
        """Environment of each schedulable stage; (S,)."""
        return self._parts.schedulable.owners

    @cached_property
    def stage(self) -> Array:
        """What action["stage"] must be to name each schedulable stage; (S,)."""
        return self._parts.schedulable.places

    @property
    def committable(self) -> Array:
        """Executors to be given away in each environment; (N,)."""
        return self._parts.committable

    @property
    def source_job(self) -> Array:
        """Job that had them, counted within its environment; (N,)."""
        return self._parts.source_job

    def csr(self) -> tuple[Array, Array]:
        """Returns the children of every node as compressed sparse rows.

        Returns:
            (indptr, indices): the children of node v are
            indices[indptr[v]:indptr[v + 1]].
        """
        edges = self.edges
        return np.searchsorted(edges[:, 0], np.arange(len(self.nodes) + 1)), edges[:, 1]

    def best(self, score: Array) -> Array:
        """Returns the schedulable stage of the highest score in each environment.

        Args:
            score: of each schedulable stage; (S,). -inf leaves one out.

        Returns:
            Indices from 0 up to S, -1 where an environment has none; (N,). Of
            equal scores the first wins.
        """
        listed = self._parts.schedulable
        chosen = np.full(self.num_envs, -1)
        if not len(score):
            return chosen
        counts = listed.counts
        highest = np.maximum.reduceat(score, listed.offsets[:-1][counts > 0])
        is_best = (score == np.repeat(highest, counts[counts > 0])) & (score > -np.inf)
        last_first = np.flatnonzero(is_best)[::-1]
        # Of several values for one element the last one stays.
        chosen[self.schedulable_env[last_first]] = last_first
        return chosen


def pad(
    observation: Mapping[str, Any],
    *,
    max_nodes: int,
    max_edges: int,
    max_jobs: int,
    truncate: bool = False,
) -> dict[str, Array]:
    """Copies observations into arrays whose shapes are always the same.

    Args:
        observation: of one environment, or of a vector.
        max_nodes: incomplete stages that there is room for.
        max_edges: dependencies between them.
        max_jobs: active jobs.
        truncate: leave out what there is no room for: the jobs that arrived
            last, the last nodes, and the edges and schedulable stages that lose
            a node; stages keep their indices in actions.

    Returns:
        Arrays with zeros where nothing is, for each environment:

        - nodes: float32 (max_nodes, 3), as observed
        - node_job: int64 (max_nodes,), the node's job
        - node_mask: int8 (max_nodes,), 1 where there is a node
        - edges: int64 (max_edges, 2), pairs of nodes (from, to)
        - edge_mask: int8 (max_edges,)
        - executor_supply, executor_limit: int64 (max_jobs,)
        - job_mask: int8 (max_jobs,)
        - schedulable: int64 (max_nodes,), the node of stage 0, 1, ... of actions
        - schedulable_mask: int8 (max_nodes,)
        - committable: int64 ()
        - source_job: int64 (), max_jobs or the number of jobs where there is none

    Raises:
        InvalidArgumentError: there is more than there is room for; a ValueError.
    """
    parts = _Parts(observation)
    nodes, node_job = parts.nodes, parts.node_job
    links, schedulable = parts.links, parts.schedulable
    supply, limit = parts.supply, parts.limit
    too_large = [
        _no_room(field, most, what, ragged.counts)
        for field, most, what, ragged in (
            ("max_nodes", max_nodes, "nodes", nodes),
            ("max_edges", max_edges, "edges", links),
            ("max_jobs", max_jobs, "jobs", supply),
        )
        if ragged.counts.max(initial=0) > most
    ]
    if too_large and not truncate:
        raise too_large[0]
    if too_large:
        kept = parts.job_ends(max_jobs).clip(max=max_nodes)
        fits = nodes.places < kept[nodes.owners]
        nodes, node_job = nodes.where(fits), node_job.where(fits)
        links = links.where(links.rows.max(axis=1, initial=0) < kept[links.owners])
        links = links.where(links.places < max_edges)
        schedulable = schedulable.where(schedulable.rows < kept[schedulable.owners])
        fits = supply.places < max_jobs
        supply, limit = supply.where(fits), limit.where(fits)
    padded: dict[str, Array] = {}
    for key, mask_key, ragged, most in (
        ("nodes", "node_mask", nodes, max_nodes),
        ("node_job", "", node_job, max_nodes),
        ("edges", "edge_mask", links, max_edges),
        ("executor_supply", "", supply, max_jobs),
        ("executor_limit", "job_mask", limit, max_jobs),
        ("schedulable", "schedulable_mask", schedulable, max_nodes),
    ):
        padded[key], used = ragged.padded(most)
        if mask_key:
            padded[mask_key] = used.view(np.int8)
    padded["committable"] = parts.committable
    padded["source_job"] = parts.source_job.clip(max=max_jobs)
    if parts.alone:
        return {key: array[0, ...] for key, array in padded.items()}
    return padded


def padded_space(
    space: Any, *, max_nodes: int, max_edges: int, max_jobs: int
) -> spaces.Dict:
    """Returns the space of what `pad` makes of an observation.

    Args:
        space: the observation space of one environment.
    """
    stage = space["dag"].node_space

    def mask(most: int) -> spaces.Box:
        return spaces.Box(0, 1, (most,), np.int8)

    def whole(shape: tuple[int, ...], high: int) -> spaces.Box:
        return spaces.Box(0, high, shape, np.int64)

    def listed(key: str) -> spaces.Box:
        return whole((max_jobs,), int(space[key].feature_space.high))

    return spaces.Dict(
        {
            "nodes": spaces.Box(
                np.broadcast_to(stage.low, (max_nodes, *stage.shape)),
                np.broadcast_to(stage.high, (max_nodes, *stage.shape)),
                dtype=stage.dtype,
            ),
            "node_job": whole((max_nodes,), max_jobs - 1),
            "node_mask": mask(max_nodes),
            "edges": whole((max_edges, 2), max_nodes - 1),
            "edge_mask": mask(max_edges),
            "executor_supply": listed("executor_supply"),
            "executor_limit": listed("executor_limit"),
            "job_mask": mask(max_jobs),
            "schedulable": whole((max_nodes,), max_nodes - 1),
            "schedulable_mask": mask(max_nodes),
            "committable": space["committable"],
            "source_job": whole((), max_jobs),
        }
    )


def adjacency(padded: Mapping[str, Array], dtype: Any = np.float32) -> Array:
    """Returns the padded graphs' adjacency matrices.

    Args:
        padded: what `pad` returned.
        dtype: of the result.

    Returns:
        1 at [i, j] where an edge goes from node i to node j, else 0; shape
        (max_nodes, max_nodes), or (N, max_nodes, max_nodes).
    """
    mask, nodes = padded["edge_mask"], padded["node_mask"]
    matrix = np.zeros((*nodes.shape, nodes.shape[-1]), dtype)
    env = np.nonzero(mask)[:-1]
    pairs = padded["edges"][mask.astype(bool)]
    matrix[(*env, pairs[:, 0], pairs[:, 1])] = 1
    return matrix


def action_masks(info: Mapping[str, Any], action_space: spaces.Dict) -> dict[str, Any]:
    """Returns the masks that `action_space.sample(mask=...)` takes.

    Every stage that they allow goes with every number of executors.

    Args:
        info: of one environment, or the infos of a vector.
        action_space: of the same.
    """
    executors = info["executor_mask"]
    alone = executors.ndim == 1
    stages = Ragged.of([info["stage_mask"]] if alone else info["stage_mask"])
    space: Any = action_space["stage"]
    choices = int(space.n if isinstance(space, spaces.Discrete) else space.nvec[0])
    dense, _ = stages.padded(choices)
    if alone:
        return {"stage": dense[0], "executors": executors}
    return {"stage": tuple(dense), "executors": tuple(executors)}


def sample_legal(info: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Draws legal actions, all with the same probability.

    The same as sampling the action space with `action_masks`, but for a vector
    at once. Where an episode has ended, and nothing is legal, it is PASS.

    Args:
        info: of one environment, or the infos of a vector.
        rng: where the numbers come from.
    """
    executors = info["executor_mask"]
    alone = executors.ndim == 1
    stages = Ragged.of([info["stage_mask"]] if alone else info["stage_mask"])
    rows = np.atleast_2d(executors)
    bounds = np.arange(len(rows) + 1) * rows.shape[1]
    action = {
        "stage": _draw(stages, rng) + PASS,
        "executors": _draw(Ragged(rows.ravel(), bounds), rng) + 1,
    }
    return {key: drawn[0] for key, drawn in action.items()} if alone else action


def _draw(masks: Ragged, rng: np.random.Generator) -> Array:
    """Draws the position of a 1 for each environment; 0 where there is none."""
    ones = masks.where(masks.rows == 1)
    counts = ones.counts
    drawn = (rng.random(len(counts)) * counts).astype(np.int64)
    places = masks.places[masks.rows == 1]
    chosen = np.zeros(len(counts), np.int64)
    some = counts > 0
    chosen[some] = places[(ones.offsets[:-1] + drawn)[some]]
    return chosen


class _Parts:
    """The flat buffers of an observation, or of those of a vector."""

    def __init__(self, observation: Mapping[str, Any]) -> None:
        dag = observation["dag"]
        self.alone = isinstance(dag, GraphInstance)
        graphs = Graphs.of([dag] if self.alone else dag)
        self.nodes, self.links = graphs.nodes, graphs.edge_links

        def lists(key: str) -> Ragged:
            return Ragged.of([observation[key]] if self.alone else observation[key])

        self.job_ptr = lists("job_ptr")
        self.supply = lists("executor_supply")
        self.limit = lists("executor_limit")
        self.schedulable = lists("schedulable")
        self.committable = np.atleast_1d(observation["committable"])
        self.source_job = np.atleast_1d(observation["source_job"])

    @property
    def job_sizes(self) -> Array:
        """Number of nodes of each job."""
        rows, bounds = self.job_ptr.rows, self.job_ptr.offsets
        return np.delete(rows, bounds[:-1]) - np.delete(rows, bounds[1:] - 1)

    @property
    def node_job(self) -> Ragged:
        """Job of each node, counted within its environment."""
        jobs = np.repeat(self.supply.places, self.job_sizes)
        return Ragged(jobs, self.nodes.offsets)

    def job_ends(self, most: int) -> Array:
        """Number of nodes that the first jobs have in each environment."""
        last = np.minimum(self.supply.counts, most)
        return self.job_ptr.rows[self.job_ptr.offsets[:-1] + last]


def _no_room(field: str, room: int, what: str, counts: Array) -> InvalidArgumentError:
    env = f" in environment {counts.argmax()}" if len(counts) > 1 else ""
    largest = counts.max()
    return InvalidArgumentError(
        f"an observation has {largest} {what}{env}, more than there is room for",
        field=field,
        value=str(room),
        remedy=f"give {field}={largest} or more, or truncate=True",
    )
