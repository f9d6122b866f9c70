"""Helpers for trailblazer/CC-v0 on values made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from trailblazer_gym import cc
from trailblazer_gym.errors import InvalidArgumentError, ServerError
from trailblazer_gym.ragged import Ragged

FEATURES = (
    cc.FeatureManifest("loss_L", "Loss_Info", "1", 1000, False),
    cc.FeatureManifest("rtt_last", "RTT_Info", "ms", 0, True),
    cc.FeatureManifest("owd_mean_S", "Delay_Info", "ms", 100, True),
    cc.FeatureManifest("target_request_ratio", "Request_Rate", "1", 0, True),
)
MANIFEST = cc.Manifest(100, 1, False, FEATURES)


def shown(loss=0.0, rtt=10.0, owd=0.0, ratio=1.0):
    """Returns the observation of values, as the server makes it."""
    logs = [np.copysign(np.log1p(abs(x)), x) for x in (rtt, owd, ratio)]
    return np.array([loss, *logs], np.float32)


def test_a_manifest_is_read_from_metadata():
    metadata = {
        "step_ms": 50,
        "flows": 3,
        "probes": True,
        "features": [feature._asdict() for feature in FEATURES],
        "more": "of a later version",
    }
    unwrapped = SimpleNamespace(environment=SimpleNamespace(metadata=metadata))
    manifest = cc.Manifest.of(SimpleNamespace(unwrapped=unwrapped))
    assert manifest == cc.Manifest(50, 3, True, FEATURES)
    assert manifest.names[manifest.index("owd_mean_S")] == "owd_mean_S"


def test_raw_features_are_in_their_units():
    observation = shown(0.25, 80, -7.5, 1.5)
    kept = observation.copy()
    raw = MANIFEST.raw(observation)
    np.testing.assert_allclose(raw, [0.25, 80, -7.5, 1.5], rtol=1e-6)
    np.testing.assert_array_equal(observation, kept)
    assert raw.dtype == np.float64
    many = np.stack([observation, shown(rtt=0, owd=-0.0, ratio=0)] * 3).reshape(3, 2, 4)
    assert (MANIFEST.raw(many)[:, 0] == raw).all()
    assert (MANIFEST.raw(many)[:, 1] == 0).all()
    for name in MANIFEST.names:
        value = MANIFEST.value(many, name)
        assert value.shape == (3, 2)
        assert (value == MANIFEST.raw(many)[..., MANIFEST.index(name)]).all()
    assert MANIFEST.value(observation, "owd_mean_S") == raw[2]


def test_unknown_features_are_refused():
    with pytest.raises(InvalidArgumentError, match="give one of loss_L, rtt_last"):
        MANIFEST.value(shown(), "rtt")


@pytest.mark.parametrize(
    ("values", "good"),
    [
        ({}, True),
        ({"rtt": 49.999}, True),
        ({"rtt": 50}, False),
        ({"rtt": 300}, False),
        ({"loss": 0.0499}, True),
        ({"loss": 0.05}, False),
        ({"loss": 1 / 20}, False),
        ({"ratio": 0.9501}, True),
        ({"ratio": 0.95}, False),
        ({"ratio": 1900 / 2000}, False),
        ({"ratio": 0.4}, False),
        ({"ratio": 7.0}, True),
    ],
)
def test_good_conditions(values, good):
    observation, present = shown(**values), np.ones(4, np.int8)
    assert MANIFEST.good_conditions(observation, present) == good
    for missing in ("loss_L", "rtt_last", "target_request_ratio"):
        some = present.copy()
        some[MANIFEST.index(missing)] = 0
        assert not MANIFEST.good_conditions(observation, some)
    many = np.stack([observation, shown(rtt=60), shown()])
    found = MANIFEST.good_conditions(many, np.ones((3, 4), np.int8))
    assert found.tolist() == [good, False, True]


def info(*counts):
    """Returns the packets of a step with reports of so many results."""
    results = np.arange(9.0 * sum(counts)).reshape(-1, 9)
    reports = np.zeros((len(counts), 7))
    reports[:, 6] = counts
    return {
        "packets_sent": np.arange(24.0).reshape(3, 8),
        "reports": reports,
        "results": results,
    }


def test_packets_have_names():
    shows = info(2, 0, 1)
    log = cc.packet_log(shows)
    assert log.sent["size_bytes"].tolist() == [3, 11, 19]
    assert log.reports["results"].tolist() == [2, 0, 1]
    assert log.results["arrival_ms"].tolist() == [2, 11, 20]
    assert log.results.dtype.names == cc.RESULTS.names
    assert log.report_of_result.tolist() == [0, 0, 2]
    assert np.shares_memory(log.sent, shows["packets_sent"])


def test_packets_of_a_vector_are_flat():
    alone = [info(1), None, info(), info(2, 1)]
    infos = {}
    for key in info():
        infos[key] = np.empty(4, object)
        for i, one in enumerate(alone):
            infos[key][i] = one and one[key]
    log = cc.packet_log(infos)
    assert isinstance(log.sent, Ragged)
    assert log.sent.counts.tolist() == [3, 0, 3, 3]
    assert log.reports.counts.tolist() == [1, 0, 0, 2]
    assert log.report_of_result.tolist() == [0, 1, 1, 2]
    for i, one in enumerate(alone):
        if one is not None:
            for part, want in zip(log[:3], cc.packet_log(one)):
                assert part[i].tolist() == want.tolist()


def test_a_step_without_packets_has_empty_logs():
    rows = {"packets_sent": 8, "reports": 7, "results": 9}
    log = cc.packet_log({key: np.empty((0, width)) for key, width in rows.items()})
    assert [len(part) for part in log] == [0, 0, 0]
    assert log.report_of_result.shape == (0,)


def test_infos_without_packets_are_refused():
    with pytest.raises(InvalidArgumentError, match='"packets": True'):
        cc.packet_log({"ape": 0.0})


def test_other_columns_are_refused():
    wrong = {**info(1), "results": np.zeros((1, 10))}
    with pytest.raises(ServerError, match="same version"):
        cc.packet_log(wrong)
