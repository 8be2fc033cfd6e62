# make run   set everything up and start the bot (SQLite, bank only; no GPU needed)
# make photo let the bot read questions off screenshots (200 MB more)
# make platforms  let the bot connect to QQ's open platform, Satori, Telegram, Discord, Feishu (60 MB more)
# make test  lint, types, import contract and tests
# make environments  XTuner and OpenCompass on the CPU, for the tests that need the real ones
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run setup photo platforms dev environments test unit lint format types contract lock bench clean

run: setup
	@$(BIN)/gongkao run

setup: .venv/.bot

photo: setup
	@$(PIP) install -q --require-hashes -r requirements/photo.txt
	@echo "看图的组件装好了，重启机器人就能用。"

platforms: setup
	@$(PIP) install -q --require-hashes -r requirements/platforms.txt
	@echo "别的平台的组件装好了。在 bot.toml 的 [platforms] 里打开，重启机器人就能用。"

dev: .venv/.dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更新的版本，现在是 " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "正在建立 Python 环境（.venv），首次约一分钟……"
	@$(PYTHON) -m venv .venv

.venv/.bot: requirements/bot.txt requirements/build.txt pyproject.toml | .venv/bin/python
	@$(PIP) install -q --require-hashes -r requirements/build.txt -r requirements/bot.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.bot
	@$(PIP) install -q --require-hashes -r requirements/dev.txt
	@touch $@

# Four minutes and 8 GB the first time, nothing afterwards.
environments: dev
	$(BIN)/python -m training env create training --variant cpu --at $(or $(GONGKAO_TRAINING_ENV),~/.cache/gongkao/training) --yes
	$(BIN)/python -m training env create evaluation --at $(or $(GONGKAO_EVALUATION_ENV),~/.cache/gongkao/evaluation) --yes

test: lint types contract dev
	$(BIN)/pytest -n auto

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	$(BIN)/basedpyright

contract: dev
	$(BIN)/lint-imports

# Without whole processes, browsers and the large real files: under a minute.
unit: dev
	$(BIN)/pytest -n auto -m "not slow and not browser"

format: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev
	$(BIN)/python -m benchmarks.onebot_load

# Needs uv. Versions with hashes, no index addresses.
LOCK := uv pip compile -q --no-config --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
lock:
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) pyproject.toml -o requirements/bot.txt
	$(LOCK) pyproject.toml --extra photo -c requirements/bot.txt -o requirements/photo.txt
	$(LOCK) pyproject.toml --extra platforms -c requirements/photo.txt -o requirements/platforms.txt
	$(LOCK) pyproject.toml --extra dev --extra photo --extra meaning --extra platforms -c requirements/photo.txt -c requirements/platforms.txt -o requirements/dev.txt
	$(LOCK) requirements/training.in -o requirements/training.txt
	$(LOCK) --no-deps requirements/training-nodeps.in -o requirements/training-nodeps.txt
# The CPU's torch is in no default index: name a folder with its wheel in UV_FIND_LINKS.
	$(LOCK) requirements/training-cpu.in -c requirements/training.txt -o requirements/training-cpu.txt
	$(LOCK) --no-deps requirements/training-cpu-nodeps.in -o requirements/training-cpu-nodeps.txt

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
