"""Pictures of questions as members send them: phone screenshots and photographed paper, drawn by chromium."""

from __future__ import annotations

import html
import io
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image, ImageFilter
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
LETTERS = "ABCDEFGH"
SCREENS = ("light", "dark", "small", "columns", "circled")
PAPERS = ("paper", "serif_columns")
SPOILS = ("clean", "jpeg40", "rotated", "perspective", "noisy", "blurred", "shrunk", "handheld", "defocused")


@dataclass(frozen=True, slots=True)
class Item:
    stem: str
    options: tuple[str, ...]


_SCREEN = """
body{margin:0;font-family:'Noto Sans CJK SC';font-size:17px;line-height:1.6;background:#fff;color:#222}
.bar{display:flex;justify-content:space-between;padding:6px 16px;font-size:13px}
.nav{display:flex;justify-content:space-between;padding:8px 16px;border-bottom:1px solid #ddd}
.progress{padding:10px 16px 0;font-size:14px;color:#888}
.kind{background:#2a7;color:#fff;font-size:13px;padding:1px 6px;border-radius:3px;margin-right:6px}
.stem{padding:10px 16px}
.option{padding:9px 16px}
.foot{position:absolute;bottom:0;left:0;right:0;display:flex;justify-content:space-around;padding:12px 0;
font-size:13px;border-top:1px solid #ddd}
"""
_STYLES = {
    "light": "",
    "dark": "body{background:#17181a;color:#c9cacc}.nav,.foot{border-color:#333}",
    "small": "body{font-size:12px}.bar,.foot,.kind,.progress{font-size:10px}",
    "columns": ".options{display:grid;grid-template-columns:1fr 1fr}",
    "circled": ".mark{display:inline-block;width:26px;height:26px;line-height:26px;border:1px solid #999;"
    "border-radius:50%;text-align:center;margin-right:12px;font-size:15px}",
    "paper": "body{font-family:'Noto Serif CJK SC';font-size:16px;background:#f6f3ea}",
    "serif_columns": "body{font-family:'Noto Serif CJK SC';font-size:16px}.options{display:grid;"
    "grid-template-columns:1fr 1fr}",
}
_PAPER = """
body{margin:0;padding:40px 56px;line-height:1.8;color:#222}
.question{margin-bottom:14px}
"""


def _options(item: Item, style: str) -> str:
    dot = "" if style == "circled" else ". " if style == "small" else "."
    rows = (
        f"<div class=option><span class=mark>{letter}{dot}</span>{html.escape(option)}</div>"
        for letter, option in zip(LETTERS, item.options, strict=False)
    )
    return f"<div class=options>{''.join(rows)}</div>"


def screen(item: Item, style: str, number: int = 3) -> str:
    """HTML of a practice app's page showing one question."""
    return (
        f"<style>{_SCREEN}{_STYLES[style]}</style>"
        "<div class=bar><span>12:30</span><span>5G 85%</span></div>"
        "<div class=nav><span>返回</span><span>常识判断</span><span>答题卡</span></div>"
        f"<div class=progress>第{number}/20题</div>"
        f"<div class=stem><span class=kind>单选题</span>{html.escape(item.stem)}</div>{_options(item, style)}"
        "<div class=foot><span>上一题</span><span>收藏</span><span>交卷</span><span>下一题</span></div>"
    )


def paper(items: list[Item], style: str, first: int = 1) -> str:
    """HTML of a printed page with numbered questions."""
    questions = (
        f"<div class=question><div>{first + i}. {html.escape(item.stem)}</div>{_options(item, style)}</div>"
        for i, item in enumerate(items)
    )
    return f"<style>{_PAPER}{_STYLES[style]}</style>{''.join(questions)}"


def feed(items: list[Item]) -> str:
    """HTML of an app's list of many questions: the long screenshot that a phone stitches."""
    cards = "".join(
        f"<div class=stem>{number}.{html.escape(item.stem)}</div>{_options(item, 'light')}"
        for number, item in enumerate(items, 1)
    )
    bars = "<div class=bar><span>9:05</span><span>4G 41%</span></div><div class=nav><span>返回</span><span>每日一练</span><span>交卷</span></div>"
    return f"<style>{_SCREEN}</style>{bars}{cards}"


class Painter:
    """Draws HTML with one chromium; use as a context manager."""

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        self._browser: Browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        return self

    def __exit__(self, *exc: object) -> None:
        self._browser.close()
        self._playwright.stop()

    def draw(self, page: str, *, width: int = 390, height: int = 700, scale: float = 2.5) -> bytes:
        """PNG of *page*; *width* and *height* in CSS pixels, higher when the page needs it."""
        tab = self._browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
        try:
            tab.set_content(f"<!doctype html><meta charset=utf-8>{page}")
            return tab.screenshot(full_page=True)
        finally:
            tab.close()


def spoil(png: bytes, how: str, seed: int = 1) -> bytes:
    """The picture as a camera or a chat program leaves it: one of :data:`SPOILS`."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    rng = random.Random(seed)
    out = io.BytesIO()
    match how:
        case "jpeg40":
            image.save(out, "JPEG", quality=40)
            return out.getvalue()
        case "rotated":
            image = image.rotate(rng.choice((-3, -2, 2, 3)), expand=True, fillcolor="#888", resample=Image.BICUBIC)
        case "perspective":
            w, h = image.size
            corners = [rng.uniform(0, 0.04) for _ in range(8)]
            quad = (
                -corners[0] * w, -corners[1] * h, -corners[2] * w, h * (1 + corners[3]),
                w * (1 + corners[4]), h * (1 + corners[5]), w * (1 + corners[6]), -corners[7] * h,
            )  # fmt: skip
            image = image.transform((w, h), Image.Transform.QUAD, quad, Image.BICUBIC, fillcolor="#888")
        case "noisy":
            grain = Image.effect_noise(image.size, 40).convert("RGB")
            image = Image.blend(image, grain, 0.25)
        case "shrunk":
            # A preview passed on from chat to chat: a third of the size, twice compressed.
            image = image.resize((image.width * 2 // 5, image.height * 2 // 5), Image.Resampling.BILINEAR)
            image.save(out, "JPEG", quality=30)
            return out.getvalue()
        case "handheld" | "defocused":
            # By hand in the evening: aslant, out of focus, grainy, with the light from one side.
            blur, grain = (1.3, 0.1) if how == "handheld" else (2.2, 0.2)
            image = image.rotate(rng.uniform(-5, 5), expand=True, fillcolor="#666", resample=Image.BICUBIC)
            image = image.filter(ImageFilter.GaussianBlur(blur))
            shade = Image.linear_gradient("L").resize(image.size).point([60 + value // 2 for value in range(256)])
            image = Image.composite(image, Image.new("RGB", image.size, "black"), shade)
            image = Image.blend(image, Image.effect_noise(image.size, 60).convert("RGB"), grain)
            image.save(out, "JPEG", quality=50)
            return out.getvalue()
        case "blurred":
            image = image.filter(ImageFilter.GaussianBlur(1.5))
        case _:
            return png
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
