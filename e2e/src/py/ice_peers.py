"""Two ICE agents of aioice that know of each other only by relayed candidates, with one allocation
each at the server that standard input names as JSON. They exchange packets and say how many came.
"""

import asyncio
import json
import sys

import aioice
from aioice.ice import TransportPolicy

PACKETS = 50
PATIENCE_S = 20


async def agent(relay, is_controlling):
    connection = aioice.Connection(
        ice_controlling=is_controlling,
        turn_server=(relay["host"], relay["port"]),
        turn_username=relay["username"],
        turn_password=relay["password"],
        turn_transport=relay["transport"],
        turn_ssl=relay["tls"],
        transport_policy=TransportPolicy.RELAY,
    )
    await connection.gather_candidates()
    kinds = [candidate.type for candidate in connection.local_candidates]
    assert kinds == ["relay"], kinds
    return connection


async def introduce(one, other):
    other.remote_username = one.local_username
    other.remote_password = one.local_password
    for candidate in one.local_candidates:
        await other.add_remote_candidate(candidate)
    await other.add_remote_candidate(None)


async def echo(connection):
    for _ in range(PACKETS):
        await connection.send(await connection.recv())


async def ask(connection):
    came = 0
    for number in range(PACKETS):
        packet = f"packet {number}".encode() * 40
        await connection.send(packet)
        came += await connection.recv() == packet
    return came


async def main(relay):
    ada = await agent(relay, True)
    ben = await agent(relay, False)
    await introduce(ada, ben)
    await introduce(ben, ada)
    await asyncio.gather(ada.connect(), ben.connect())
    came, _ = await asyncio.gather(ask(ada), echo(ben))
    await asyncio.gather(ada.close(), ben.close())
    print(came)


asyncio.run(asyncio.wait_for(main(json.load(sys.stdin)), PATIENCE_S))
