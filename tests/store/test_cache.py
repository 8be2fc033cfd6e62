"""Both caches behave alike; Redis may go away and come back."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from settings import SettingsError
from store.cache import Cache, CacheUnavailable, MemoryCache, open_cache
from store.redis_cache import RedisCache, open_redis


async def test_what_was_set_is_read_back_until_deleted(cache: Cache):
    assert await cache.get("k") is None
    await cache.set("k", "值", ttl_s=10)
    assert await cache.get("k") == "值"
    await cache.set("k", "新", ttl_s=10)
    assert await cache.get("k") == "新"
    await cache.delete("k")
    await cache.delete("k")
    assert await cache.get("k") is None


async def test_a_value_is_over_after_its_time(cache: Cache):
    await cache.set("k", "v", ttl_s=0.03)
    await asyncio.sleep(0.06)
    assert await cache.get("k") is None


async def test_add_sets_only_where_nothing_is(cache: Cache):
    assert await cache.add("k", "first", ttl_s=0.05)
    assert not await cache.add("k", "second", ttl_s=10)
    assert await cache.get("k") == "first"
    await asyncio.sleep(0.08)
    assert await cache.add("k", "third", ttl_s=10)


async def test_of_many_adds_at_once_one_wins(cache: Cache):
    won = await asyncio.gather(*(cache.add("k", str(n), ttl_s=10) for n in range(20)))
    assert won.count(True) == 1


async def test_counting_restarts_when_the_first_count_is_over(cache: Cache):
    assert [await cache.incr("n", ttl_s=0.1) for _ in range(3)] == [1, 2, 3]
    await asyncio.sleep(0.06)
    assert await cache.incr("n", ttl_s=0.1) == 4
    await asyncio.sleep(0.06)
    assert await cache.incr("n", ttl_s=0.1) == 1


async def test_counts_at_once_are_all_different(cache: Cache):
    assert sorted(await asyncio.gather(*(cache.incr("n", ttl_s=10) for _ in range(20)))) == list(range(1, 21))


async def test_a_lock_is_held_by_one_and_free_afterwards(cache: Cache):
    async with cache.lock("job", ttl_s=10) as first:
        async with cache.lock("job", ttl_s=10) as second, cache.lock("other", ttl_s=10) as other:
            assert (first, second, other) == (True, False, True)
        async with cache.lock("job", ttl_s=10) as third:
            assert not third
    async with cache.lock("job", ttl_s=10) as again:
        assert again


async def test_a_lock_is_given_back_when_the_block_fails(cache: Cache):
    with pytest.raises(ZeroDivisionError):
        async with cache.lock("job", ttl_s=10):
            raise ZeroDivisionError
    async with cache.lock("job", ttl_s=10) as again:
        assert again


async def test_the_slow_holder_leaves_the_next_holders_lock_alone(cache: Cache):
    slow, fast = cache.lock("job", ttl_s=0.03), cache.lock("job", ttl_s=10)
    assert await slow.__aenter__()
    await asyncio.sleep(0.06)
    assert await fast.__aenter__()
    await slow.__aexit__(None, None, None)
    async with cache.lock("job", ttl_s=10) as third:
        assert not third
    await fast.__aexit__(None, None, None)
    async with cache.lock("job", ttl_s=10) as fourth:
        assert fourth


async def test_memory_forgets_what_was_unused_for_longest():
    cache = MemoryCache(max_entries=2)
    await cache.set("a", "1", ttl_s=10)
    await cache.set("b", "2", ttl_s=10)
    await cache.get("a")
    await cache.set("c", "3", ttl_s=10)
    assert [await cache.get(key) for key in "abc"] == ["1", None, "3"]


async def test_memory_follows_its_clock():
    now = 0.0
    cache = MemoryCache(clock=lambda: now)
    await cache.set("k", "v", ttl_s=60)
    now = 59.9
    assert await cache.get("k") == "v"
    now = 60.0
    assert await cache.get("k") is None


async def test_without_a_url_the_cache_is_in_memory():
    async with open_cache(None) as cache:
        assert isinstance(cache, MemoryCache)


async def test_a_wrong_url_is_refused_without_repeating_it():
    with pytest.raises(SettingsError, match="GONGKAO_REDIS_URL") as caught:
        async with open_cache(SecretStr("http://:hunter2@host/0")):
            pass
    assert "hunter2" not in str(caught.value)


class Relay:
    """A door to the real Redis that can be shut and opened."""

    def __init__(self, url: str) -> None:
        kwargs = Redis.from_url(url).connection_pool.connection_kwargs
        self._target = (kwargs.get("host", "127.0.0.1"), kwargs.get("port", 6379))
        self.database = kwargs.get("db", 0)
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers += [writer, far_writer]
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()


@pytest.mark.redis
async def test_redis_going_away_is_one_typed_error_and_coming_back_is_enough(redis_url: str, redis_prefix: str):
    relay = Relay(redis_url)
    await relay.open()
    client = open_redis(SecretStr(f"redis://127.0.0.1:{relay.port}/{relay.database}"))
    cache = RedisCache(client, prefix=redis_prefix)
    await cache.set("k", "v", ttl_s=10)
    async with cache.lock("job", ttl_s=0.3) as mine:
        assert mine
        await relay.shut()
    for call in (
        cache.get("k"),
        cache.set("k", "w", ttl_s=1),
        cache.add("k", "w", ttl_s=1),
        cache.delete("k"),
        cache.incr("n", ttl_s=1),
        cache.lock("other", ttl_s=1).__aenter__(),
    ):
        with pytest.raises(CacheUnavailable):
            await call
    await relay.open()
    assert await cache.get("k") == "v"
    await asyncio.sleep(0.3)
    async with cache.lock("job", ttl_s=1) as again:
        assert again
    await client.aclose()
    await relay.shut()


async def test_a_redis_that_never_was_is_the_same_error(unused_tcp_port: int):
    async with open_cache(SecretStr(f"redis://127.0.0.1:{unused_tcp_port}/0")) as cache:
        with pytest.raises(CacheUnavailable):
            await cache.get("k")
