"""Environments whose server keeps what happens in a data set."""

import json
import subprocess

import pytest
from conftest import ABR, serve

from trailblazer_gym import TrailblazerEnv, TrailblazerVectorEnv, errors


def test_sessions_can_be_played_again_bit_for_bit(program, tmp_path):
    config = {"max_steps": 4}
    with serve(program, "--datasets", str(tmp_path)) as (server, _):
        env = TrailblazerEnv(
            ABR, config=config, server=server, record="mine", policy="me"
        )
        env.reset(seed=1)
        while not env.step(2)[3]:
            pass
        env.close()
        envs = TrailblazerVectorEnv(
            ABR,
            2,
            autoreset_mode="SameStep",
            config=config,
            server=server,
            record="mine",
            split="test",
        )
        envs.reset(seed=1)
        for _ in range(6):
            envs.step([0, 5])
        # The server ends this session.
    verify = [program, "verify", str(tmp_path / "mine"), "--json"]
    verified = json.loads(
        subprocess.run(verify, check=True, capture_output=True).stdout
    )
    # One of the first session; of the second two that ended and two cut off.
    assert verified["exact"] == {"episodes": 5, "steps": 4 + 2 * 6}
    assert verified["selected"] == verified["exact"]


def test_a_server_without_data_sets_says_so(server):
    with pytest.raises(errors.InvalidArgumentError, match="--datasets") as caught:
        TrailblazerEnv(ABR, server=server, record="mine")
    assert caught.value.field == "record.dataset"


@pytest.mark.parametrize("what", ["policy", "split"])
def test_a_policy_without_a_record_is_a_mistake(server, what):
    with pytest.raises(errors.InvalidArgumentError, match="record="):
        TrailblazerEnv(ABR, server=server, **{what: "mine"})


def test_closing_tells_what_could_not_be_written(make, monkeypatch):
    """The server refuses to close a session whose record can't be written."""
    env = make()
    session = env._session
    session.recorded = True
    call = session.client.call

    def refuse(method, *args, **kwargs):
        if method == "Close":
            raise errors.OrderError("no space left on device")
        return call(method, *args, **kwargs)

    monkeypatch.setattr(session.client, "call", refuse)
    with pytest.raises(errors.OrderError, match="no space left"):
        env.close()
    env.reset(seed=1)  # It stays open.
    monkeypatch.undo()
    env.close()
    with pytest.raises(errors.OrderError, match="closed"):
        env.reset()
