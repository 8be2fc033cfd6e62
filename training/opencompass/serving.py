"""Whether a model server answers, asked before OpenCompass takes half a minute to find out."""

from __future__ import annotations

from pydantic import SecretStr

from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, RequestRejected
from training.opencompass.errors import NotReady, ServerDown
from training.opencompass.rendering import Served


async def find(url: str, model: str = "", *, api_key: SecretStr | None = None) -> Served:
    """The server at *url* with *model*, or with the first one that it lists.

    Raises:
        ServerDown: it does not answer.
        NotReady: it does not let us in, or does not have the model.
    """
    try:
        config = InferenceConfig(base_url=(url,))
    except ValueError as error:
        raise NotReady(f"{url} 不是能用的地址：要以 http:// 或 https:// 开头。") from error
    async with ModelClient(config, api_key=api_key) as client:
        try:
            listed = await client.models()
        except RequestRejected as error:
            raise NotReady(f"模型服务 {url} 拒绝了请求（{error.reason}），检查 GONGKAO_MODEL_API_KEY。") from error
        except InferenceError as error:
            raise ServerDown(f"连不上模型服务 {url}（{error.reason}）。先用 gongkao serve 启动它。") from error
    if model and model not in listed:
        raise NotReady(f"{url} 没有 {model} 这个模型，有：{'、'.join(listed) or '（空）'}。")
    if not model and not listed:
        raise NotReady(f"{url} 一个模型也没有。")
    return Served(url, model or listed[0])
