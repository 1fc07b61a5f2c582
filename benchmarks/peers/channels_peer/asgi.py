"""The peer: Django Channels with its Redis pub/sub layer, under uvicorn. Run by `fan_out.py`."""

# mypy: ignore-errors
import json
import os

from django.conf import settings

HOST = {"address": os.environ["REDIS_URL"], "max_connections": 10_000, "socket_timeout": None}
LAYER = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [HOST]}}
settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    ROOT_URLCONF=__name__,
    CHANNEL_LAYERS={"default": LAYER},
)

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from benchmarks.peers.envelope import notice  # noqa: E402


class Listener(AsyncWebsocketConsumer):
    """One connection."""

    async def connect(self):
        await self.channel_layer.group_add("everyone", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("everyone", self.channel_name)

    async def tell(self, event):
        await self.send(text_data=event["text"])


async def notices(request):
    """Tells everybody."""
    text = notice(json.loads(request.body)["content"])
    await get_channel_layer().group_send("everyone", {"type": "tell", "text": text})
    return HttpResponse(b"{}", status=201, headers={"Content-Length": "2"})


urlpatterns = [path("notices/send/", notices)]
web = get_asgi_application()
application = ProtocolTypeRouter(
    {"http": web, "websocket": URLRouter([path("live", Listener.as_asgi())])}
)
