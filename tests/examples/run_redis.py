# SPDX-License-Identifier: MIT
"""Runs the example of revocation over Redis against a server of its own, on a socket in a folder of its own.  run_redis.py PROGRAM"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

server = shutil.which("redis-server") or shutil.which("valkey-server")
if server is None:
    print("redis-server is not installed")
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    socket = pathlib.Path(folder, "s")
    with subprocess.Popen([server, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL) as running:
        try:
            for _ in range(6000):
                if socket.exists() or running.poll() is not None:
                    break
                time.sleep(0.01)
            status = subprocess.run([sys.argv[1], f"redis+unix:{socket}"], check=False, timeout=280).returncode
        finally:
            running.terminate()
sys.exit(status)
