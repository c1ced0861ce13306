# SPDX-License-Identifier: MIT
"""Stores for the proofs of revocation: what a node is told to open, and the server behind it where there is one. Everything that
is written here holds of each of them alike."""
import feed_node
import feed_server
from feed_server import Server


class Store:
    """`uri` as sess_config.revocations has it."""

    def __init__(self, place, name):
        self.name, self.server = name, None
        if name in feed_server.BINARIES:
            self.server = Server(name)
            self.uri = f"redis://127.0.0.1:{self.server.port}/0"
            words = feed_node.init(place, self.uri)
            if words != 0:
                raise SystemExit(f"Bail out! the store cannot be initialised: {words}")
        else:
            self.uri = "memory:" if name == "memory" else "lmdb:store"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.server is not None:
            self.server.close()


def lacks(place, name):
    """Whether this library was built without the store, by its own word."""
    uri = {"memory": "memory:", "lmdb": "lmdb:store"}.get(name, "redis+unix:none")
    err = place.run("revoke", "--list", "--ring", "ring", "--store", uri).err
    return "built without" in err or "names no store" in err


def servers(place):
    """The binaries of servers that this library can use; none: why, as TAP says it."""
    if feed_server.absent():
        return []
    if lacks(place, "redis"):
        print("1..0 # SKIP this library was built without redis:")
        return []
    return feed_server.BINARIES
