"""Where questions go."""

from __future__ import annotations

from inference.config import InferenceConfig
from inference.target import Target


def test_a_target_is_what_the_settings_name():
    config = InferenceConfig(base_url="http://gpu1:1", model="m", round="3", chat_format="qwen")  # type: ignore[arg-type]
    assert Target.configured(config) == Target(("http://gpu1:1",), "m", "3", "qwen")
    assert Target.configured(InferenceConfig()) == Target(())
