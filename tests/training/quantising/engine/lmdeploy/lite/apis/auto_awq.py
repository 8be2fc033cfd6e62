"""Writes what the real one leaves, or fails as FAKE_AWQ says."""

import json
import sys
import time
from pathlib import Path

from torch import DOES

from lmdeploy.lite.apis.calibrate import windows_of

FAILS = {
    "no memory": "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB.",
    "unsupported": "RuntimeError: Currently, quantification and calibration of GPT are not supported. "
    "The supported model types are LlamaForCausalLM.",
    "disk full": "OSError: [Errno 28] No space left on device",
}


def letters(text, add_special_tokens=True):
    assert not add_special_tokens
    return {"input_ids": [ord(letter) for letter in text]}


def auto_awq(
    model,
    work_dir,
    calib_dataset,
    calib_samples,
    batch_size,
    calib_seqlen,
    w_bits,
    w_group_size,
    search_scale,
    device,
    dtype,
    trust_remote_code,
):
    assert (calib_dataset, w_bits, w_group_size, device) == ("wikitext2", 4, 128, "cuda")
    work = Path(work_dir)
    work.mkdir(parents=True, exist_ok=True)
    found = windows_of(calib_dataset, letters, nsamples=calib_samples, seqlen=calib_seqlen)
    assert len({one.shape for one in found}) == 1
    assert found[0].shape[0] == 1
    sys.stdout.write("model.layers.0, samples: 3, max gpu memory: 0.10 GB\n")
    sys.stdout.flush()
    if DOES in FAILS:
        sys.exit(FAILS[DOES])
    if DOES == "slow":
        (Path(model) / "busy").touch()
        time.sleep(60)
    told = {"architectures": ["Other"], "quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 128}}
    (work / "config.json").write_text(json.dumps(told if DOES != "half" else {}))
    (work / "tokenizer_config.json").write_text('{"written": "otherwise"}')
    (work / "inputs_stats.pth").write_bytes(b"statistics")
    (work / "seen.json").write_text(json.dumps(found[0].rows[0]))
    (work / "model.safetensors").write_bytes(b"w" * 40)
