"""What makes a program a plugin: the handshake of hashicorp/go-plugin, mutual TLS, logging, and the end with the agent.

The agent starts the program with these in its environment, and reads one line from its standard output:

    1|1|unix|/path/of/a/socket|grpc|the plugin's certificate, DER in base64 without padding

From then on it calls the socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc

from . import contract
from .calls import Executor

LEVELS = ["trace", "debug", "info", "warn", "error"]


def log(level: str, message: str, **keys: object) -> None:
    """Tells the agent's log something: one line of JSON on standard error."""
    wanted = os.environ.get("RADDEPLOY_PLUGIN_LOG_LEVEL", "info")
    if wanted in LEVELS and LEVELS.index(level) >= LEVELS.index(wanted):
        print(json.dumps({"@level": level, "@message": message, "@module": "python", **keys}), file=sys.stderr, flush=True)


def certificate() -> bytes:
    """Makes the plugin's key and a certificate for it, which live as long as the process: both in PEM."""
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -days 9000 -subj /CN=localhost"
    made = subprocess.run([*words.split(), "-addext", "subjectAltName=DNS:localhost"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if made.returncode != 0:
        sys.exit(f"openssl made no certificate: {made.stderr.decode()}")
    return made.stdout


def end_with_the_agent(socket: str) -> None:
    """The agent holds the other end of standard input: when that closes, the agent is gone. The tasks go on."""
    while os.read(0, 1 << 16):
        pass
    with contextlib.suppress(OSError):
        os.remove(socket)
        os.rmdir(os.path.dirname(socket))
    os._exit(0)


async def fail(context: Any, error: Exception) -> None:
    """Ends a call with an error."""
    kind = "UNKNOWN"
    if isinstance(error, contract.Refusal):
        kind = error.kind
    else:
        log("error", "a call failed", error=f"{type(error).__name__}: {error}")
    code = grpc.StatusCode[kind]
    details = contract.status_of(error, code.value[0])
    await context.abort(code, str(error), (("grpc-status-details-bin", details),))


def unary(call: Callable[[Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def answer(request: Any, context: Any) -> Any:
        try:
            return await call(request)
        except Exception as error:
            return await fail(context, error)

    return answer


def stream(call: Callable[[Any], AsyncIterator[Any]]) -> Callable[[Any, Any], AsyncIterator[Any]]:
    async def answer(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            async for message in call(request):
                yield message
        except Exception as error:
            await fail(context, error)

    return answer


def handlers(executor: Executor) -> grpc.GenericRpcHandler:
    """The executor's methods by the names that the contract has for them. One that it lacks answers UNIMPLEMENTED."""
    found = {}
    for method in contract.METHODS:
        if call := getattr(executor, method.name, None):
            reads = getattr(contract.pb, method.input_type.rpartition(".")[2]).FromString
            writes = getattr(contract.pb, method.output_type.rpartition(".")[2]).SerializeToString
            if method.server_streaming:
                found[method.name] = grpc.unary_stream_rpc_method_handler(stream(call), reads, writes)
            else:
                found[method.name] = grpc.unary_unary_rpc_method_handler(unary(call), reads, writes)
    return grpc.method_handlers_generic_handler(contract.SERVICE, found)


async def serve() -> None:
    socket = os.path.join(os.environ["PLUGIN_UNIX_SOCKET_DIR"], "plugin")
    own = certificate()
    agents = os.environ["PLUGIN_CLIENT_CERT"].encode()  # whoever has its key may call, and nobody else
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
    server.add_secure_port("unix:" + socket, grpc.ssl_server_credentials([(own, own)], agents, require_client_auth=True))

    # go-plugin's own service has the one call that matters: to end the process.
    ended = asyncio.Event()

    async def shutdown(request: bytes, context: Any) -> bytes:
        ended.set()
        return b""

    controller = {"Shutdown": grpc.unary_unary_rpc_method_handler(shutdown)}
    server.add_generic_rpc_handlers((handlers(Executor()), grpc.method_handlers_generic_handler("plugin.GRPCController", controller)))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a terminal or service manager means the agent
        asyncio.get_running_loop().add_signal_handler(number, log, "debug", "signal is left to the agent")
    await server.start()
    if os.environ.get("RADDEPLOY_PLUGIN_LIFELINE") == "stdin":
        threading.Thread(target=end_with_the_agent, args=[socket], daemon=True).start()
    told = re.search("-----BEGIN CERTIFICATE-----([^-=]+)", own.decode())
    assert told
    print(f"1|1|unix|{socket}|grpc|{''.join(told[1].split())}", flush=True)
    await ended.wait()
    await server.stop(grace=1)


def main() -> None:
    if os.environ.get("RADDEPLOY_PLUGIN_COOKIE") != "raddeploy.executor":
        sys.exit("This is a plugin of RadDeploy, which starts it: put it into the site's plugin_dir and name it there, as executor \"python\" {}.")
    if not os.environ.get("PLUGIN_CLIENT_CERT"):
        sys.exit("the agent offered no certificate: a plugin is served with mutual TLS only")
    asyncio.run(serve())
