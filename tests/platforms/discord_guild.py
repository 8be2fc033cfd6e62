"""The one guild of Discord on loopback, with the fields that the adapter insists on."""

from __future__ import annotations

from typing import Any

GUILD, ADMIN_ROLE = "700", "71"


def guild() -> dict[str, Any]:
    counted = ("afk_timeout", "verification_level", "default_message_notifications", "explicit_content_filter")
    counted += ("mfa_level", "system_channel_flags", "premium_tier", "nsfw_level", "premium_subscription_count")
    absent = ("icon", "splash", "afk_channel_id", "application_id", "system_channel_id", "rules_channel_id")
    absent += ("max_presences", "max_members", "vanity_url_code", "description", "banner", "discovery_splash")
    absent += ("public_updates_channel_id", "safety_alerts_channel_id")
    told = {"id": GUILD, "name": "群", "owner_id": "1", "roles": [], "emojis": [], "features": []}
    more = {"preferred_locale": "zh-CN", "premium_progress_bar_enabled": False}
    return {**told, **more, **dict.fromkeys(counted, 0), **dict.fromkeys(absent)}


def admin_role() -> dict[str, Any]:
    flags = {"hoist": False, "managed": False, "mentionable": False, "color": 0, "position": 1, "flags": 0}
    colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    return {"id": ADMIN_ROLE, "name": "管", "permissions": "8", "colors": colors, **flags}
