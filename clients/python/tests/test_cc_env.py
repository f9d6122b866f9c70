"""trailblazer/CC-v0 on a real server: infos, packets, flows, wrappers."""

import warnings

import gymnasium
import numpy as np
import pytest
from conftest import ABR, CC
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from ragged_sync import RaggedSyncVectorEnv, same

from trailblazer_gym import cc, errors
from trailblazer_gym.wrappers import LogBandwidth, LogVectorBandwidth

N = 5
SHORT = {"max_steps": 25}
PACKETS = {**SHORT, "packets": True}
RAGGED = {"packets_sent", "reports", "results"}


@pytest.fixture
def make_cc(make):
    """Makes environments and vectors of CC."""

    def make_cc(num_envs=None, **options):
        return make(num_envs, CC, **{"scenario": "cc/test", **options})

    return make_cc


def kbps(env, rng, num_envs=None):
    """Draws actions of any size, from a few kbps on."""
    space = env.action_space if num_envs is None else env.single_action_space
    shape = space.shape if num_envs is None else (num_envs, *space.shape)
    return 10 ** rng.uniform(1, 4, shape)


def play(env, steps, seed=0, num_envs=None):
    """Plays actions at random; returns them and what the environment shows."""
    rng = np.random.default_rng(seed)
    actions = [kbps(env, rng, num_envs) for _ in range(steps)]
    env.reset(seed=seed)
    return actions, [env.step(action) for action in actions]


@pytest.mark.parametrize("config", [{}, {"flows": 3}, {"probes": True}, PACKETS])
def test_gymnasium_finds_no_fault(server, config):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = {"server": server, "config": {**SHORT, **config}}
        env = gymnasium.make(CC, **options)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*symmetric and normalized")
            check_env(env.unwrapped)
        # Gymnasium would rather have an environment without wrappers.
        warnings.filterwarnings("ignore", ".*different from the unwrapped")
        check_env(LogBandwidth(env.unwrapped))
        env.close()


def test_an_episode_plays_to_its_end(make_cc):
    env = make_cc()
    manifest = cc.Manifest.of(env)
    assert (manifest.step_ms, manifest.flows, manifest.probes) == (100, 1, False)
    assert [feature.name for feature in env.features] == list(manifest.names)
    assert len({feature.category for feature in manifest.features}) == 9
    for declared, feature in zip(env.features, manifest.features):
        unit = f"log1p({feature.unit})" if feature.log else feature.unit
        assert declared.unit == unit
        assert declared.description
    observation, info = env.reset(seed=1)
    rng, steps, ended, good = np.random.default_rng(1), 0, False, 0
    while not ended:
        assert env.observation_space.contains(observation)
        assert info.keys() == env.info_features.keys()
        before, steps = (observation, info), steps + 1
        # Every other second all that is wanted, else something else.
        action = np.array([info["request_kbps"]])
        if steps % 20 < 10:
            action = kbps(env, rng)
        observation, reward, terminated, ended, info = env.step(action)
        assert not terminated
        assert info["time_ms"] == 100 * steps
        parts = ("throughput", "delay", "loss", "stall")
        assert reward == pytest.approx(sum(info[f"reward_{part}"] for part in parts))
        assert info["label_kbps"] == before[1]["bottleneck_kbps"]
        assert info["label_request_kbps"] == before[1]["request_kbps"]
        truth = min(info["label_kbps"], info["label_request_kbps"])
        predicted = min(action[0], info["label_request_kbps"])
        if info["ape_counts"]:
            assert info["ape"] == pytest.approx(abs(predicted - truth) / truth)
        shown = manifest.good_conditions(before[0], before[1]["observation_present"])
        assert shown == info["good_conditions"]
        good += shown
        for key, name in (
            ("request_kbps", "request_rate"),
            ("target_kbps", "target_prev"),
            ("target_age_ms", "last_action_age"),
            ("pacer_delay_ms", "pacer_queue_ms"),
        ):
            value = manifest.value(observation, name)
            assert value == pytest.approx(info[key], rel=2e-6, abs=1e-4), key
    assert 300 <= steps <= 400
    assert steps == info["time_ms"] / 100
    assert 0 < good < steps


@pytest.mark.parametrize("scenario", ["cc/mix-0", "cc/mix-60"])
def test_the_schedulers_rule_is_the_servers(make_cc, scenario):
    envs = make_cc(64, scenario=scenario)
    manifest = cc.Manifest.of(envs)
    observations, infos = envs.reset(seed=1)
    rng, found = np.random.default_rng(1), []
    for t in range(80):
        want = manifest.good_conditions(observations, infos["observation_present"])
        share = np.where(t % 40 < 30, rng.choice([0.5, 0.9499, 0.9501, 1.2], 64), 1)
        actions = (infos["request_kbps"] * share)[:, np.newaxis]
        observations, _, _, _, infos = envs.step(actions)
        assert (infos["good_conditions"] == want).all()
        found.append(want)
    assert 0.1 < np.mean(found) < 0.9


def test_the_bandwidth_is_what_infos_say(make_cc):
    """Who sends what there is has no error, and who sends more has a queue."""
    envs = make_cc(2)
    _, infos = envs.reset(seed=[3, 3])
    for _ in range(30):
        truth = infos["bottleneck_kbps"]
        actions = np.minimum(truth * [1, 2], 1e5)[:, np.newaxis]
        *_, infos = envs.step(actions)
        assert infos["ape"][0] == 0
        assert infos["ape"][1] >= 0


def test_actions_may_be_of_less_precision(make_cc):
    env, twin = make_cc(), make_cc()
    env.reset(seed=1)
    twin.reset(seed=1)
    for kind in (np.float32, np.float16, np.int64, np.uint8):
        same(env.step(np.array([200], kind)), twin.step(np.array([200.0])))
    same(env.step([300]), twin.step([300.0]))


def test_impossible_actions_are_refused_and_change_nothing(make_cc):
    env, envs = make_cc(), make_cc(3, config={"flows": 2})
    env.reset(seed=1)
    before = env.state_hash()
    for action, text in (
        ([np.nan], r"NaN.*0 to 100000"),
        ([-1.0], r"-1.*0 to 100000"),
        ([np.inf], r"Inf.*0 to 100000"),
        ([1e5 + 1], r"0 to 100000"),
        (300.0, r"shape \(1,\)"),
        ([300.0, 300.0], r"shape \(1,\)"),
        (["fast"], "float64"),
    ):
        with pytest.raises(errors.InvalidArgumentError, match=text) as caught:
            env.step(np.array(action))
        assert caught.value.remedy
    assert env.state_hash() == before
    envs.reset(seed=1)
    before = envs.state_hash()
    with pytest.raises(errors.InvalidArgumentError, match="environment 1"):
        envs.step([[1, 1], [1, np.nan], [1, 1]])
    assert envs.state_hash() == before


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"step_ms": 1}, "step_ms"),
        ({"flows": 99}, "flows"),
        ({"others": "tcp"}, "others"),
        ({"decision": {"latency_ms": [-1]}}, "latency_ms"),
        ({"sessions": {"sessions": [{"report_ms": -5}]}}, "report_ms"),
        ({"sessions": {"sessions": [{"forward": {"loss": 2}}]}}, "loss"),
    ],
)
def test_impossible_settings_are_refused(make_cc, config, text):
    with pytest.raises(errors.InvalidArgumentError, match=text) as caught:
        make_cc(scenario="cc/custom", config=config)
    assert caught.value.remedy


def test_own_sessions_go_by_no_other_name(make_cc):
    config = {"sessions": {"sessions": [{"duration_ms": 2000}]}}
    with pytest.raises(errors.InvalidArgumentError, match="cc/custom"):
        make_cc(scenario="cc/test", config=config)


def test_own_sessions_are_played(make_cc):
    path = {
        "bottleneck": {"rate_kbps": {"values": [800]}},
        "delay_ms": {"values": [30]},
    }
    session = {"duration_ms": 2000, "forward": path, "reverse": path}
    config = {"sessions": {"sessions": [session]}}
    env = make_cc(scenario="cc/custom", config=config)
    manifest = cc.Manifest.of(env)
    _, info = env.reset(seed=5)
    steps, ended = 0, False
    while not ended:
        assert info["capacity_kbps"] == info["bottleneck_kbps"] == 800
        observation, *_, ended, info = env.step(np.array([400.0]))
        steps += 1
    assert steps == 20
    assert env.environment.episodes == 1
    # Both ways, and a packet's time on the link.
    assert 60 < manifest.value(observation, "rtt_min_L") < 75


def test_seeds_repeat_episodes(make_cc):
    env, other = make_cc(), make_cc()
    _, first = play(env, 20, seed=5)
    _, again = play(other, 20, seed=5)
    _, another = play(env, 20, seed=6)
    same(first, again)
    assert first[-1][4] != another[-1][4]


def test_a_vector_of_256_is_256_sessions(server, make_cc):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = gymnasium.make_vec(CC, num_envs=256, server=server, scenario="cc/test")
    actions, shown = play(envs, 10, seed=40, num_envs=256)
    assert envs.observation_space.contains(shown[-1][0])
    # Chance draws some sessions with the same rate.
    assert len(np.unique(shown[-1][4]["capacity_kbps"])) > 128
    for i in (0, 17, 255):
        env = make_cc()
        env.reset(seed=40 + i)
        for action, (observations, rewards, _, _, infos) in zip(actions, shown):
            observation, reward, *_, info = env.step(action[i])
            assert (observation == observations[i]).all()
            assert reward == rewards[i]
            for key, value in info.items():
                assert np.array_equal(value, infos[key][i]), key
    envs.close()


@pytest.mark.parametrize("config", [SHORT, PACKETS, {**PACKETS, "flows": 3}])
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_autoreset_is_gymnasiums(make_cc, mode, config):
    ours = make_cc(N, autoreset_mode=mode, config=config)
    theirs = RaggedSyncVectorEnv(
        [lambda: make_cc(config=config) for _ in range(N)], RAGGED, autoreset_mode=mode
    )
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    same(ours.reset(seed=3), theirs.reset(seed=3))
    rng, ends = np.random.default_rng(1), 0
    for t in range(60):
        if t == 9:
            # From here on episodes end at different steps.
            mask = np.arange(N) < 2
            got = ours.reset(options={"reset_mask": mask})
            same(got, theirs.reset(options={"reset_mask": mask.copy()}))
        actions = kbps(ours, rng, N)
        got = ours.step(actions)
        same(got, theirs.step(actions))
        ends += np.count_nonzero(got[2] | got[3])
        assert ours.observation_space.contains(got[0])
    assert ends >= 2 * N
    theirs.close()


def test_restore_and_fork_repeat_the_future_exactly(make_cc):
    envs, env = make_cc(N, config=PACKETS), make_cc(config=PACKETS)
    for some, num_envs in ((envs, N), (env, None)):
        _, past = play(some, 9, seed=7, num_envs=num_envs)
        state, state_hash = some.snapshot(), some.state_hash()
        fork, rng = some.fork(), np.random.default_rng(1)
        actions = [kbps(some, rng, num_envs) for _ in range(10)]
        future = [some.step(action) for action in actions]
        assert some.state_hash() != state_hash
        observation, info = some.restore(state)
        same((observation, info), (past[-1][0], past[-1][4]))
        assert some.state_hash() == state_hash
        same([some.step(action) for action in actions], future)
        same([fork.step(action) for action in actions], future)
        fork.close()


def test_packets_have_the_servers_columns(make_cc):
    env = make_cc(config=PACKETS)
    for key, columns in (
        ("packets_sent", cc.SENT),
        ("reports", cc.REPORTS),
        ("results", cc.RESULTS),
    ):
        declared = env.info_features[key]
        assert tuple(feature.name for feature in declared) == columns.names
        assert all(feature.unit and feature.description for feature in declared)
    kind = next(f for f in env.info_features["packets_sent"] if f.name == "kind")
    listed = ", ".join(f"{number} {name}" for number, name in enumerate(cc.KINDS))
    assert kind.description == listed


def test_packets_tell_what_infos_do(make_cc):
    env, flows = make_cc(config={**PACKETS, "flows": 2}), range(2)
    first, pending = env.reset(seed=4)[1], [{}, {}]
    assert [len(part) for part in cc.packet_log(first)] == [0, 0, 0]
    seen, ways, delays = 0, [], []
    for _ in range(25):
        info = env.step(np.full(2, 900.0))[4]
        log = cc.packet_log(info)
        now = info["time_ms"]
        for flow in flows:
            sent = log.sent[log.sent["flow"] == flow]
            assert sent["size_bytes"].sum() * 8 / 100 == pytest.approx(
                info["send_kbps"][flow]
            )
            assert (np.diff(sent["sequence"]) == 1).all()
            assert ((now - 100 <= sent["sent_ms"]) & (sent["sent_ms"] <= now)).all()
            pending[flow].update(zip(sent["sequence"], sent.tolist()))
        assert log.reports["results"].sum() == len(log.results)
        # The receiver's clock shows another time, but runs as fast.
        way = log.reports["received_ms"] - log.reports["departure_ms"]
        ways += way.tolist()
        flow = log.reports["flow"][log.report_of_result].astype(int)
        for i, result in zip(flow, log.results):
            packet = pending[i][result["sequence"]]
            assert packet[2:] == tuple(result.tolist())[3:]
            assert 0 <= result["kind"] < len(cc.KINDS)
            seen += 1
            if result["received"]:
                delays.append(result["arrival_ms"] - result["sent_ms"])
    assert seen > 100
    assert np.ptp(ways) < 1000
    # There and back again takes time, whatever the receiver's clock shows.
    assert 0 < np.min(ways) + np.min(delays) < 1000


def test_packets_of_a_vector_are_those_of_its_environments(make_cc):
    envs = make_cc(3, config=PACKETS)
    actions, shown = play(envs, 12, seed=9, num_envs=3)
    logs = [cc.packet_log(infos) for *_, infos in shown]
    for i in range(3):
        env = make_cc(config=PACKETS)
        env.reset(seed=9 + i)
        for action, log in zip(actions, logs):
            alone = cc.packet_log(env.step(action[i])[4])
            for part, want in zip(log, alone):
                assert part[i].tolist() == want.tolist()


def test_flows_share_the_bottleneck(make_cc):
    env = make_cc(config={"flows": 3})
    manifest = cc.Manifest.of(env)
    assert manifest.flows == 3
    assert env.observation_space.shape == (3, 52)
    assert env.action_space.shape == (3,)
    observation, info = env.reset(seed=1)
    for _ in range(30):
        assert env.observation_space.contains(observation)
        observation, _, _, _, info = env.step(info["bottleneck_kbps"])
        assert info["bottleneck_kbps"].shape == (3,)
        assert info["observation_present"].shape == (3, 52)
    assert (info["bottleneck_kbps"] < info["capacity_kbps"]).all()
    assert (info["receive_kbps"] > 0).all()
    np.testing.assert_allclose(
        manifest.value(observation, "request_rate"), info["request_kbps"], rtol=2e-6
    )
    present = info["observation_present"]
    assert manifest.good_conditions(observation, present).shape == (3,)


def test_only_congestion_has_a_manifest(make):
    with pytest.raises(errors.InvalidArgumentError, match="CC-v0"):
        cc.Manifest.of(make(env_id=ABR))


def test_bandwidths_on_a_logarithmic_scale(make_cc):
    env = LogBandwidth(make_cc(), min_kbps=100, max_kbps=10_000)
    assert env.action_space == gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    for action, want in ((-1, 100), (0, 1000), (1, 1e4), (-7, 100), (9, 1e4)):
        assert env.action(np.float32([action])) == pytest.approx([want])
    for rate, want in ((100, -1), (1000, 0), (1e4, 1), (5, -1), (1e5, 1)):
        assert env.inverse([rate]) == pytest.approx([want], abs=1e-6)
    rates = np.geomspace(100, 10_000, 50)
    np.testing.assert_allclose(env.action(env.inverse(rates)), rates, rtol=1e-6)
    twin = make_cc()
    env.reset(seed=1)
    twin.reset(seed=1)
    for action in (0.25, -0.5, 1.0):
        scaled = np.float32([action])
        rate = env.action(scaled)
        assert rate == pytest.approx(10 ** (3 + scaled))
        same(env.step(scaled), twin.step(rate))
    with pytest.raises(errors.InvalidArgumentError, match="NaN"):
        env.step(np.float32([np.nan]))
    with pytest.raises(errors.InvalidArgumentError, match="shape"):
        env.step(np.float32(0))


@pytest.mark.parametrize("low", [50.0, 0.3, 7.7])
def test_the_most_is_never_exceeded(make_cc, low):
    env = LogBandwidth(make_cc(), min_kbps=low)
    assert env.action([1.0]) <= 100_000
    env.reset(seed=1)
    env.step(np.float32([1]))


def test_probes_on_a_logarithmic_scale(make_cc):
    config = {"probes": True, "flows": 2}
    env = LogBandwidth(make_cc(config=config), min_kbps=100, max_kbps=10_000)
    assert env.action_space.shape == (2, 2)
    actions = [[0, -1], [0, -0.01]], [[-1, 0], [1, 1]], [[0.5, 0.5], [-0.5, -7]]
    wants = [
        [[1000, 0], [1000, 0]],
        [[100, 100], [1e4, 1e4]],
        [[10**3.5, 1000], [10**2.5, 0]],
    ]
    env.reset(seed=1)
    for action, want in zip(actions, wants):
        np.testing.assert_allclose(env.action(action), want, rtol=1e-6)
        env.step(np.float32(action))
        back = np.array(action)
        back[:, 1] = np.where(back[:, 1] < 0, -1, back[:, 1])
        np.testing.assert_allclose(env.inverse(want), back, atol=1e-6)


@pytest.mark.parametrize("config", [{}, {"flows": 2}, {"probes": True}])
def test_vectors_take_the_same_scale(make_cc, config):
    config = {**SHORT, **config}
    ours = LogVectorBandwidth(make_cc(N, config=config), max_kbps=8000)
    theirs = SyncVectorEnv(
        [lambda: LogBandwidth(make_cc(config=config), max_kbps=8000) for _ in range(N)]
    )
    assert ours.single_action_space == theirs.single_action_space
    assert ours.action_space == theirs.action_space
    same(ours.reset(seed=3), theirs.reset(seed=3))
    ours.action_space.seed(1)
    for _ in range(60):
        actions = ours.action_space.sample()
        same(ours.step(actions), theirs.step(actions))
        np.testing.assert_allclose(
            ours.actions(ours.inverse(ours.actions(actions))),
            ours.actions(actions),
            rtol=1e-5,
        )
    theirs.close()


@pytest.mark.parametrize("ends", [(0, 100), (100, 100), (200, 100), (50, 2e5)])
def test_scales_without_range_are_refused(make_cc, ends):
    low, high = ends
    with pytest.raises(errors.InvalidArgumentError, match="min_kbps < max_kbps"):
        LogBandwidth(make_cc(), min_kbps=low, max_kbps=high)
