"""Makes a tiny Qwen2 that knows some texts by heart; run by the evaluation environment's Python, as it needs torch.

Usage: tiny_model.py FOLDER < {"marks": [...], "texts": [[asked, answered], ...]}
"""

# pyright: basic

import json
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

STEPS = 150

wanted = json.load(sys.stdin)
pairs = wanted["texts"]
bpe = Tokenizer(models.BPE())
bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
bpe.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(vocab_size=2000, special_tokens=wanted["marks"], initial_alphabet=alphabet)
bpe.train_from_iterator([asked + answered for asked, answered in pairs], trainer)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=bpe, eos_token=wanted["marks"][0], pad_token=wanted["marks"][1], clean_up_tokenization_spaces=False
)
tokenizer.save_pretrained(sys.argv[1])

torch.manual_seed(0)
# Two threads that others disturb wait for each other most of the time: 86 s against 12 s.
torch.set_num_threads(1)
model = Qwen2ForCausalLM(
    Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
)
optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
asked = [tokenizer(one)["input_ids"] for one, _ in pairs]
rows = [tokenizer(one + answer)["input_ids"] for one, answer in pairs]
longest = max(map(len, rows))
ids = torch.tensor([row + [tokenizer.pad_token_id] * (longest - len(row)) for row in rows])
labels = torch.full_like(ids, -100)
for at, (row, prompt) in enumerate(zip(rows, asked, strict=True)):
    labels[at, len(prompt) : len(row)] = torch.tensor(row[len(prompt) :])
mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
for _ in range(STEPS):
    loss = model(input_ids=ids, labels=labels, attention_mask=mask).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if loss.item() < 6e-3:
        break
model.save_pretrained(sys.argv[1])
sys.stdout.write(f"{loss.item():.4f}\n")
