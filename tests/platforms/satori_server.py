"""A Satori server from PyPI with a platform behind it that is told what to say: ``python -m … PORT``."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from satori import (
    Api,
    Channel,
    ChannelType,
    Event,
    EventType,
    Guild,
    Login,
    LoginStatus,
    Member,
    MessageObject,
    Role,
    User,
)
from satori.server import Adapter, Request, Server
from starlette.responses import JSONResponse, Response

from tests.platforms.bank import CSV

TOKEN, SELF_ID = "tok", "514"


class Mock(Adapter):
    """Keeps what the bot sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, str]] = []
        self.recalled: list[str] = []
        self.login = Login(
            sn=0,
            status=LoginStatus.ONLINE,
            adapter="mock",
            platform="mock",
            user=User(SELF_ID, "bot"),
            features=["guild.plain"],
        )

        @self.route(Api.MESSAGE_CREATE)
        async def create(request: Request[Any]) -> list[MessageObject]:
            number = f"sent-{len(self.sent)}"
            content = request.params["content"]
            self.sent.append({"id": number, "channel": request.params["channel_id"], "content": content})
            return [MessageObject(number, content)]

        @self.route(Api.MESSAGE_GET)
        async def get(request: Request[Any]) -> MessageObject:
            found = next(one for one in self.sent if one["id"] == request.params["message_id"])
            return MessageObject(found["id"], found["content"], user=User(SELF_ID, "bot"))

        @self.route(Api.MESSAGE_DELETE)
        async def delete(request: Request[Any]) -> None:
            self.recalled.append(request.params["message_id"])

        @self.route(Api.USER_CHANNEL_CREATE)
        async def open_private(request: Request[Any]) -> Channel:
            return Channel(f"private:{request.params['user_id']}", ChannelType.DIRECT)

    @property
    def required(self) -> set[str]:
        return set()

    @property
    def stages(self) -> set[Any]:
        return {"preparing", "blocking", "cleanup"}

    def get_platform(self) -> str:
        return "mock"

    def ensure(self, platform: str, self_id: str) -> bool:
        return (platform, self_id) == ("mock", SELF_ID)

    async def handle_internal(self, request: Any, path: str) -> JSONResponse:
        return JSONResponse({}, 404)

    async def get_logins(self) -> list[Login]:
        return [self.login]

    async def launch(self, manager: Any) -> None:
        async with self.stage("preparing"):
            pass
        async with self.stage("blocking"):
            await manager.status.wait_for_sigexit()
        async with self.stage("cleanup"):
            pass


def main(port: int) -> None:
    mock = Mock()
    server = Server(host="127.0.0.1", port=port, path="satori", token=TOKEN)
    server.apply(mock)

    @server.asgi_route("/sim/say", methods=["POST"])
    async def say(request: Any) -> JSONResponse:
        body = await request.json()
        group, who = body.get("group"), User(body["user"], f"名{body['user']}")
        kind = ChannelType.TEXT if group else ChannelType.DIRECT
        event = Event(
            EventType.MESSAGE_CREATED,
            datetime.now().astimezone(),
            mock.login,
            channel=Channel(group or f"private:{body['user']}", kind),
            guild=Guild(group, group) if group else None,
            member=Member(who, who.name, roles=[Role("owner")] if body.get("owner") else []) if group else None,
            user=who,
            message=MessageObject(body["id"], body["content"]),
        )
        await server.post(event)
        return JSONResponse({})

    @server.asgi_route("/sim/sent", methods=["GET"])
    async def sent(request: Any) -> JSONResponse:
        return JSONResponse({"sent": mock.sent, "recalled": mock.recalled})

    @server.asgi_route("/sim/files/{name}", methods=["GET"])
    async def file(request: Any) -> Response:
        return Response(CSV)

    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
