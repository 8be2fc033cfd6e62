"""Teach a small model the starter bank by heart, for trying the serving path with real answers.

    python benchmarks/gpu/tiny_model.py OUT_FOLDER [--steps 700] [--turns FILE]

FILE holds other conversations to learn, a JSON object with system, input and output on each line.

Needs a GPU, PyTorch and transformers. Writes a Hugging Face folder of about
35 M parameters (Qwen2 shape: hidden 512, 8 layers) and OUT_FOLDER/questions.jsonl
with the prompts and the exact answers it was taught. Prompts are built by
``inference.prompts``, so training and serving see the same text.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from inference.prompts import SYSTEM_PROMPT, question_messages

LETTERS = "ABCDEFGH"
BATCH = 256
QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{'<|im_start|>assistant\n'}}{% endif %}"
)


def pairs(folder: Path) -> list[tuple[str, str]]:
    """Question and answer texts of the starter bank, as a member would paste and read them."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            if item["kind"] in ("short", "judge"):
                found.append((item["stem"], item["answer"]))
            else:
                options = [f"{LETTERS[i]}. {option}" for i, option in enumerate(item["options"])]
                chosen = "；".join(options[LETTERS.index(letter)] for letter in item["answer"])
                found.append(("\n".join([item["stem"], *options]), chosen))
    return found


def tokenizer_for(texts: list[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE of at most 8,000 entries, trained on *texts*."""
    bpe = Tokenizer(models.BPE())
    # As Qwen2's own, which transformers 5 puts in the place of any other for a model of that kind.
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    bpe.train_from_iterator([*texts, *[f"system user assistant\n{SYSTEM_PROMPT}"] * 50], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>", bos_token="<|endoftext|>"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def batch(rows: list[list[int]], labels: list[list[int]], picked: list[int]) -> tuple[torch.Tensor, ...]:
    """Ids, mask and targets, each (items, longest), on the GPU."""
    longest = max(len(rows[at]) for at in picked)
    ids = torch.tensor([rows[at] + [0] * (longest - len(rows[at])) for at in picked])
    mask = torch.tensor([[1] * len(rows[at]) + [0] * (longest - len(rows[at])) for at in picked])
    targets = torch.tensor([labels[at] + [-100] * (longest - len(labels[at])) for at in picked])
    return ids.cuda(), mask.cuda(), targets.cuda()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--turns", type=Path)
    args = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    if args.turns:
        lines = [json.loads(line) for line in args.turns.read_text(encoding="utf-8").splitlines()]
        taught = [(line["input"], line["output"]) for line in lines]
    else:
        taught = pairs(Path(__file__).parents[2] / "bot" / "starter_bank")
    tokenizer = tokenizer_for([question + answer for question, answer in taught])
    config = Qwen2Config(
        vocab_size=(len(tokenizer) + 127) // 128 * 128,
        hidden_size=512,
        intermediate_size=1536,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=8,
        max_position_embeddings=2048,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=0,
        tie_word_embeddings=False,
    )
    model = Qwen2ForCausalLM(config).to("cuda", torch.float32)
    rows, labels = [], []
    for question, answer in taught:
        prompt = tokenizer.apply_chat_template(question_messages(question), tokenize=False, add_generation_prompt=True)
        asked = tokenizer(prompt, add_special_tokens=False).input_ids
        said = tokenizer(answer + "<|im_end|>", add_special_tokens=False).input_ids
        rows.append(asked + said)
        labels.append([-100] * len(asked) + said)
    # Batches of one length, so that little is padded.
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    batches = [batch(rows, labels, order[at : at + BATCH]) for at in range(0, len(order), BATCH)]
    print(
        f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, {len(rows)} pairs, {len(rows[order[-1]])} tokens"
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, weight_decay=0.0, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-4, total_steps=args.steps)
    started = time.perf_counter()
    for step in range(args.steps):
        if step % len(batches) == 0:
            random.shuffle(batches)
        ids, mask, targets = batches[step % len(batches)]
        with torch.autocast("cuda", torch.bfloat16):
            loss = model(input_ids=ids, attention_mask=mask, labels=targets).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0 or step == args.steps - 1:
            print(step, round(loss.item(), 4), f"{time.perf_counter() - started:.1f} s", flush=True)
    model.to(torch.bfloat16).save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    with (args.out / "questions.jsonl").open("w", encoding="utf-8") as file:
        for question, answer in taught:
            file.write(json.dumps({"question": question, "answer": answer}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
