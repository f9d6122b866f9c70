"""What agents of trailblazer/CC-v0 need: features by name, packets, the paper's rule.

An observation has 52 features of each flow. What takes observations here takes
one, those of several flows, or those of a vector at once: features are the last
axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from trailblazer_gym.errors import InvalidArgumentError, ServerError
from trailblazer_gym.ragged import Ragged
from trailblazer_gym.tensors import Array

# What the numbers in the column "kind" stand for.
KINDS = ("video", "audio", "retransmission", "probe")


def _columns(names: str) -> np.dtype:
    return np.dtype([(name, np.float64) for name in names.split()])


# The columns of packet logs; `env.info_features` has their units and meanings.
SENT = _columns("flow sequence sent_ms size_bytes kind frame cluster app_limited")
REPORTS = _columns(
    "flow received_ms departure_ms jitter_buffer_ms stalled_ms sent_before results"
)
RESULTS = _columns(
    "sequence received arrival_ms sent_ms size_bytes kind frame cluster app_limited"
)

# What the rule of the paper's scheduler looks at.
_CONDITIONS = ("rtt_last", "loss_L", "target_request_ratio")


class FeatureManifest(NamedTuple):
    """One of the 52 features.

    Attributes:
        name: ends in the letter of its window: S, M, L or H.
        category: of the paper's Extended Data Fig. 4 ("RTT_Info").
        unit: of the measured value; "1" for shares and ratios.
        window_ms: the time over which it is measured; 0 for a moment.
        log: whether observations hold log(1 + |x|) with the sign of x.
    """

    name: str
    category: str
    unit: str
    window_ms: float
    log: bool


@dataclass(frozen=True)
class Manifest:
    """What an agent may know beyond its observations.

    Attributes:
        step_ms: time between two actions.
        flows: how many the agent controls.
        probes: whether actions have a second number, the rate of a probe.
        features: what observations hold, in their order.
    """

    step_ms: float
    flows: int
    probes: bool
    features: tuple[FeatureManifest, ...]

    @classmethod
    def of(cls, env: Any) -> Manifest:
        """Reads the manifest of an environment or a vector, wrapped or not.

        Raises:
            InvalidArgumentError: it is none of trailblazer/CC-v0.
        """
        environment = env.unwrapped.environment
        declared = environment.metadata
        if not {"step_ms", "flows", "probes", "features"} <= declared.keys():
            raise InvalidArgumentError(
                "the environment has no features of congestion",
                field="env",
                value=environment.id,
                remedy="make one of trailblazer/CC-v0",
            )
        features = tuple(
            FeatureManifest(*(feature[key] for key in FeatureManifest._fields))
            for feature in declared["features"]
        )
        return cls(declared["step_ms"], declared["flows"], declared["probes"], features)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(feature.name for feature in self.features)

    def index(self, name: str) -> int:
        """Returns the place of a feature in observations."""
        if name in self.names:
            return self.names.index(name)
        raise InvalidArgumentError(
            "there is no such feature",
            field="name",
            value=repr(name),
            remedy=f"give one of {', '.join(self.names)}",
        )

    def raw(self, observation: Any) -> Array:
        """Returns the features in their units, without logarithms.

        Args:
            observation: shape (..., 52).

        Returns:
            float64, of the same shape.
        """
        shown = np.array(observation, np.float64)
        logged = shown[..., self._logged]
        shown[..., self._logged] = np.copysign(np.expm1(np.abs(logged)), logged)
        return shown

    def value(self, observation: Any, name: str) -> Array:
        """Returns one feature in its unit; float64, shape (...)."""
        at = self.index(name)
        shown = np.asarray(observation)[..., at].astype(np.float64)
        if self.features[at].log:
            return np.copysign(np.expm1(np.abs(shown)), shown)
        return shown

    def good_conditions(self, observation: Any, present: Any) -> Array:
        """Tells where the paper's scheduler would leave a flow to a light policy.

        The last round-trip time is below 50 ms, the loss of the last second
        below 0.05, and the rate that was decided last above 0.95 of the request.
        Equality is not good, and neither is what is not known.

        Args:
            observation: shape (..., 52).
            present: info["observation_present"], of the same shape.

        Returns:
            bool, shape (...).
        """
        shown = np.asarray(observation, np.float32)
        places = [self.index(name) for name in _CONDITIONS]
        rtt, loss, ratio = places
        # As float32, and logarithms, so that what is equal stays equal.
        good = shown[..., rtt] < np.float32(np.log1p(50))
        good &= shown[..., loss] < np.float32(0.05)
        good &= shown[..., ratio] > np.float32(np.log1p(0.95))
        known = np.asarray(present)[..., places] == 1
        return good & known.all(axis=-1)

    @cached_property
    def _logged(self) -> Array:
        return np.array([feature.log for feature in self.features])


class PacketLog(NamedTuple):
    """What senders saw in a step: structured arrays, or `Ragged` ones of a vector.

    The columns are those of `SENT`, `REPORTS` and `RESULTS`, all float64: times
    are in ms since the session began, and flow, sequence, kind, frame and cluster
    are numbers.

    Attributes:
        sent: the packets that left.
        reports: the receivers' reports that came.
        results: what the reports say of each packet, report by report.
    """

    sent: Any
    reports: Any
    results: Any

    @property
    def report_of_result(self) -> Array:
        """Report that each result belongs to, by its row; int64.

        In a vector rows count through all environments.
        """
        reports = self.reports
        rows = reports.rows if isinstance(reports, Ragged) else reports
        return np.repeat(np.arange(len(rows)), rows["results"].astype(np.int64))


def packet_log(info: Mapping[str, Any]) -> PacketLog:
    """Returns the packets in an info, or in the infos of a vector.

    Args:
        info: of an environment made with config={"packets": True}.

    Returns:
        Views of the info's rows; of a vector, copies of them in flat buffers,
        in which environments without infos have no rows.

    Raises:
        InvalidArgumentError: the info shows no packets.
    """
    if "packets_sent" not in info:
        raise InvalidArgumentError(
            "the info shows no packets",
            field="info",
            value=f"{len(info)} other keys",
            remedy='make the environment with config={"packets": True}',
        )
    return PacketLog(
        _named(info["packets_sent"], SENT),
        _named(info["reports"], REPORTS),
        _named(info["results"], RESULTS),
    )


def _named(rows: Array, columns: np.dtype) -> Any:
    """Returns rows with names for their columns."""
    width = len(columns.names or ())
    if rows.dtype == object:
        none = np.empty((0, width))
        joined = Ragged.of([none if some is None else some for some in rows])
        return Ragged(_named(joined.rows, columns), joined.offsets)
    if rows.shape != (len(rows), width) or rows.dtype != np.float64:
        raise ServerError(
            f"the server shows packets as {rows.dtype} of shape {rows.shape}",
            remedy="check that server and package are of the same version",
        )
    return np.ascontiguousarray(rows).view(columns)[:, 0]
