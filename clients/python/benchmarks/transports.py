"""Times one step through every way of calling the server from Python.

Each transport steps a session of its own on one server, over TCP and, where it
can, over a Unix socket, and receives the reply's bytes; nobody decodes them.
The rows `package` are what this package does. The others need the packages of
the extra `bench`, and are left out where these are missing.

    pip install -e 'clients/python[bench]'
    python clients/python/benchmarks/transports.py
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from trailblazer_gym import TrailblazerVectorEnv, binary, local, wire
from trailblazer_gym.address import Address
from trailblazer_gym.client import PACKAGE
from trailblazer_gym.transport import Connection

SERVICE = PACKAGE + "EnvService/"
STEP = SERVICE + "Step"
HEADERS = {"Content-Type": "application/proto", "Connect-Protocol-Version": "1"}

# Sends an encoded StepRequest, receives an encoded StepResponse.
Call = Callable[[bytes], Any]


def package(address: Address) -> Call:
    connection = Connection(address)
    return lambda body: connection.call(
        STEP, "application/proto", body, time.monotonic() + 30
    )


def http_client(address: Address) -> Call:
    connection = http.client.HTTPConnection(address.host or "localhost", address.port)
    if address.path:

        def connect() -> None:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(address.path)

        connection.connect = connect

    def call(body: bytes) -> bytes:
        connection.request("POST", STEP, body, HEADERS)
        return connection.getresponse().read()

    return call


def urllib3(address: Address) -> Call:
    import urllib3

    if address.path:
        raise NotImplementedError
    pool = urllib3.HTTPConnectionPool(address.host, address.port)
    return lambda body: pool.urlopen("POST", STEP, body=body, headers=HEADERS).data


def httpx(address: Address) -> Call:
    import httpx

    client = httpx.Client(transport=httpx.HTTPTransport(uds=address.path or None))
    url = ("http://localhost" if address.path else str(address)) + STEP
    return lambda body: client.post(url, content=body, headers=HEADERS).content


def connectrpc(address: Address) -> Call:
    from connectrpc.client import ConnectClientSync
    from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType

    class Bytes:
        """Leaves the encoding of messages to the caller."""

        def name(self) -> str:
            return "proto"

        def encode(self, message: bytes) -> bytes:
            return message

        def decode(self, data: bytes, message: Any) -> bytes:
            return data

    if address.path:
        raise NotImplementedError
    client = ConnectClientSync(
        str(address), codec=Bytes(), accept_compression=(), send_compression=None
    )
    method = MethodInfo(
        name="Step",
        service_name=SERVICE.strip("/"),
        input=bytes,
        output=bytes,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=StreamType.UNARY,
    )
    return lambda body: client.execute_unary(request=body, method=method)


def _channel(address: Address) -> Any:
    import grpc

    target = (
        f"unix:{address.path}" if address.path else f"{address.host}:{address.port}"
    )
    return grpc.insecure_channel(
        target, options=[("grpc.max_receive_message_length", -1)]
    )


def grpcio(address: Address) -> Call:
    step = _channel(address).unary_unary(STEP)
    return lambda body: step(body, timeout=30)


def grpcio_stream(address: Address) -> Call:
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def messages() -> Iterator[bytes]:
        while True:
            yield wire.delimited(1, requests.get())

    replies = _channel(address).stream_stream(SERVICE + "StepStream")(messages())

    def call(body: bytes) -> bytes:
        requests.put(body)
        return next(replies)

    return call


TRANSPORTS = {
    "package": package,
    "http.client": http_client,
    "urllib3": urllib3,
    "httpx": httpx,
    "connectrpc": connectrpc,
    "grpcio": grpcio,
    "grpcio stream": grpcio_stream,
}


def measure(
    name: str, address: Address, num_envs: int, seconds: float
) -> dict[str, Any]:
    """Steps a session for some seconds; returns rates and times per call."""
    envs = TrailblazerVectorEnv(
        "trailblazer/ABR-v0", num_envs, "abr/train", server=str(address)
    )
    envs.reset(seed=1)
    session = envs._session
    action = envs._encode(np.zeros(num_envs, int))
    head = session._step_head
    call, index = TRANSPORTS[name](address), session.next_index
    clock = time.perf_counter

    def play(until: float) -> list[float]:
        nonlocal index
        times = []
        while clock() < until:
            body = head + wire.varint(index) + action
            begun = clock()
            call(body)
            times.append(clock() - begun)
            index += 1
        return times

    play(clock() + seconds / 5)
    times = play(clock() + seconds)
    envs.close()
    p50, p99 = np.percentile(times, [50, 99]) * 1e6
    return {
        "transport": name,
        "over": "unix" if address.path else "tcp",
        "num_envs": num_envs,
        "p50_us": round(p50, 1),
        "p99_us": round(p99, 1),
        "steps_per_s": round(len(times) * num_envs / sum(times)),
    }


def start_tcp_server() -> tuple[subprocess.Popen[bytes], Address]:
    """Starts a server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            binary.find(),
            *("serve", "--addr", f"127.0.0.1:{port}"),
            *("--exit-with-stdin", "--log-level", "warn"),
        ],
        stdin=subprocess.PIPE,
    )
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, Address("127.0.0.1", port)
        except ConnectionRefusedError:
            time.sleep(0.01)


def main() -> None:
    """Measures all transports and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num-envs", type=int, nargs="+", default=[1, 256, 4096])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each row")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    process, tcp = start_tcp_server()
    results = []
    if not args.json:
        print("| envs | transport | over | p50 µs | p99 µs | steps/s |")
        print("|---:|---|---|---:|---:|---:|")
    for num_envs in args.num_envs:
        for name in TRANSPORTS:
            for address in (local.shared().address, tcp):
                try:
                    row = measure(name, address, num_envs, args.seconds)
                except (ImportError, NotImplementedError):
                    continue
                results.append(row)
                if not args.json:
                    print(
                        f"| {num_envs} | {name} | {row['over']} | {row['p50_us']}"
                        f" | {row['p99_us']} | {row['steps_per_s']:,} |",
                        flush=True,
                    )
    if args.json:
        print(json.dumps({"cores": os.cpu_count(), "results": results}))
    process.stdin.close()
    process.wait()


if __name__ == "__main__":
    main()
