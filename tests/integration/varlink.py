# SPDX-License-Identifier: Apache-2.0
"""varlink: a client of the control socket: NUL-terminated JSON objects over a Unix stream socket."""
import json
import socket


class VarlinkError(Exception):
    def __init__(self, error, parameters):
        super().__init__(f"{error} {json.dumps(parameters)}")
        self.error = error
        self.parameters = parameters


class Connection:
    def __init__(self, path, timeout=20.0):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, raw):
        self.sock.sendall(raw)

    def send_call(self, method, parameters=None, more=False):
        call = {"method": method}
        if parameters is not None:
            call["parameters"] = parameters
        if more:
            call["more"] = True
        self.send(json.dumps(call).encode() + b"\0")

    def frame(self):
        """The next frame as a value; None when the daemon has closed the connection."""
        while b"\0" not in self.pending:
            try:
                got = self.sock.recv(1 << 16)
            except ConnectionResetError:
                got = b""
            if not got:
                return None
            self.pending += got
        raw, _, self.pending = self.pending.partition(b"\0")
        return json.loads(raw)

    def reply(self):
        """The next reply; an error reply is raised."""
        frame = self.frame()
        if frame is None:
            raise ConnectionError("the daemon closed the connection")
        if "error" in frame:
            raise VarlinkError(frame["error"], frame.get("parameters", {}))
        return frame

    def call(self, method, parameters=None):
        self.send_call(method, parameters)
        return self.reply().get("parameters", {})

    def stream(self, method, parameters=None):
        """Every reply of a call with "more", as they come."""
        self.send_call(method, parameters, more=True)
        while True:
            reply = self.reply()
            yield reply.get("parameters", {})
            if not reply.get("continues"):
                return


def call(path, method, parameters=None, timeout=20.0):
    with Connection(path, timeout) as connection:
        return connection.call(method, parameters)
