"""Makes a small model that has learnt what it is told, or asks one; run by the training environment's Python.

``tiny_model.py make FOLDER llama|qwen3|qwen2`` with JSON on stdin::

    {"marks": [end, pad, …], "texts": [[asked, answered], …], "steps": 120}

``tiny_model.py ask FOLDER`` with a list of conversations on stdin: their greedy answers as a JSON list.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers


def tokenizer_for(marks, texts):
    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=marks, initial_alphabet=alphabet, show_progress=False)
    tokens.train_from_iterator(["".join(pair) for pair in texts], trainer)
    # Not PreTrainedTokenizerFast: XTuner adds the number of its beginning-of-text token, which is None.
    return transformers.Qwen2TokenizerFast(
        tokenizer_object=tokens,
        bos_token=None,
        eos_token=marks[0],
        pad_token=marks[1],
        additional_special_tokens=marks,
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def model_for(tokenizer, architecture):
    config, model = {
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
        "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
    }[architecture]
    return model(
        config(
            vocab_size=(len(tokenizer) + 63) // 64 * 64,
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=32,
            max_position_embeddings=512,
            tie_word_embeddings=False,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def learn(model, tokenizer, texts, steps):
    rows = []
    for asked, answered in texts:
        before = tokenizer.encode(asked, add_special_tokens=False)
        after = tokenizer.encode(answered, add_special_tokens=False)
        rows.append((before + after, [-100] * len(before) + after))
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([one + [tokenizer.pad_token_id] * (longest - len(one)) for one, _ in rows])
    labels = torch.tensor([one + [-100] * (longest - len(one)) for _, one in rows])
    mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one, _ in rows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(steps):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


def make(folder, architecture):
    wanted = json.load(sys.stdin)
    torch.manual_seed(0)
    tokenizer = tokenizer_for(wanted["marks"], wanted["texts"])
    model = model_for(tokenizer, architecture)
    learn(model, tokenizer, wanted["texts"], wanted["steps"])
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def ask(folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32).eval()
    answers = []
    for turn in json.load(sys.stdin):
        messages = [{"role": "system", "content": turn["system"]}, {"role": "user", "content": turn["input"]}]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
        with torch.no_grad():
            told = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False)
        answers.append(tokenizer.decode(told[0, ids.shape[1] :], skip_special_tokens=True))
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    _, what, place, *more = sys.argv
    make(Path(place), *more) if what == "make" else ask(place)
