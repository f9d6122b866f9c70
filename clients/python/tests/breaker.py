"""A proxy whose connections break."""

import contextlib
import socket
import threading


def start(work, *args):
    threading.Thread(target=work, args=args, daemon=True).start()


class Breaker:
    """Forwards connections, each up to a number of bytes of the reply."""

    def __init__(self, server, limits):
        host, _, port = server.removeprefix("http://").rpartition(":")
        self._target, self._limits = (host, int(port)), limits
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        start(self._run)

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                start(self._forward, client, next(self._limits))

    def _forward(self, client, left):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            target = stack.enter_context(socket.create_connection(self._target))
            start(self._ask, client, target)
            while left and (piece := target.recv(min(left, 1 << 16))):
                client.sendall(piece)
                left -= len(piece)
            client.shutdown(socket.SHUT_RDWR)

    def _ask(self, client, target):
        with contextlib.suppress(OSError):
            while piece := client.recv(1 << 16):
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()
