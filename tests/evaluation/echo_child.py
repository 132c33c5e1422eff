"""A child process for tests of the channel."""

import json
import os
import sys

from genesis.channel import adopt, read_file


def main(descriptor: int) -> None:
    endpoint = adopt(descriptor)
    held = None
    while (request := endpoint.receive()) is not None:
        match request.header["op"]:
            case "hold":
                held = request
                continue
            case "release":
                assert held is not None
                endpoint.reply(held, {"held": True})
                endpoint.reply(request, {})
            case "die":
                print("last words", file=sys.stderr, flush=True)
                os._exit(3)
            case "read":
                endpoint.reply(request, {}, read_file(request.descriptors[0]))
            case "environment":
                endpoint.reply(request, {}, json.dumps(list(os.environ)).encode())
            case _:
                endpoint.reply(request, request.header, request.payload)
        request.close()
