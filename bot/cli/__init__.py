"""The ``gongkao`` command: one module per subcommand, heavy imports inside them."""

from __future__ import annotations

import sys

import typer
from loguru import logger

from bot.cli import ask, bank, bank_imports, chat, datasets, doctor, importing, run, training

app = typer.Typer(
    name="gongkao",
    help="公考常识群聊机器人",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run", help="启动机器人（首次会建库并装入自带题库）")(run.run)
app.command(
    "chat",
    help="在终端里问答；加 --engine 直接和模型对话\n\n"
    "和模型的对话记得住前文。输入不是终端时一行一问，只打印回答，有没答上的就以 1 结束。"
    "密钥用 GONGKAO_MODEL_API_KEY。",
)(chat.chat)
app.command("ask", help="问一道题，打印答案和依据")(ask.ask)
app.command("import", help="导入题库文件")(importing.import_file)
bank_imports.add_to(bank.app)
app.add_typer(bank.app, name="bank")
app.add_typer(datasets.app, name="dataset")
training.add_to(app)
app.command("doctor", help="检查环境，逐项说明问题和办法")(doctor.doctor)


def main() -> None:
    # The terminal belongs to the conversation; `run` sets up its own log.
    logger.remove()
    logger.add(sys.stderr, level="WARNING", format="{level}: {message}")
    app()
