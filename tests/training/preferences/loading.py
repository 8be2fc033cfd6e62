"""Loads preference data as XTuner does; run by the training environment's Python.

``loading.py FILE…`` with a chat template as a JSON string on stdin: the rows that ``load_jsonl_dataset`` gives, and
what of each pair ``build_preference_dataset`` would learn, as JSON.
"""

import json
import sys

import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from xtuner.dataset.preference_dataset import build_preference_dataset, load_jsonl_dataset

MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]


def tokenizer_with(template):
    """One that knows bytes and marks."""
    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(special_tokens=MARKS, initial_alphabet=alphabet, vocab_size=0, show_progress=False)
    tokens.train_from_iterator([], trainer)
    made = transformers.Qwen2TokenizerFast(
        tokenizer_object=tokens, bos_token=None, eos_token=MARKS[2], pad_token=MARKS[0]
    )
    made.chat_template = template
    return made


def main():
    files = sys.argv[1:]
    tokenizer = tokenizer_with(json.load(sys.stdin))
    source = {"type": load_jsonl_dataset, "data_files": files}
    pairs = build_preference_dataset(source, tokenizer, max_length=4096, num_proc=1)
    learnt = [
        {
            side: {
                "read": tokenizer.decode(pair[f"{side}_ids"]),
                "learnt": tokenizer.decode([label for label in pair[f"{side}_labels"] if label != -100]),
            }
            for side in ("chosen", "rejected")
        }
        for pair in pairs
    ]
    rows = list(load_jsonl_dataset(files))
    sys.stdout.write(json.dumps({"rows": rows, "pairs": learnt}))


if __name__ == "__main__":
    main()
