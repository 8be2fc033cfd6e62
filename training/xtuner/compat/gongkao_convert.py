"""XTuner's pth_to_hf, which knows only float16 and float32, with the precision that fits.

An adapter stays float32, as it was trained; a whole model becomes what the base was.
"""

import sys

import gongkao_precision
from mmengine.config import Config
from transformers import PreTrainedModel
from xtuner.tools.model_converters import pth_to_hf

if __name__ == "__main__":
    wanted = Config.fromfile(sys.argv[1]).model
    if wanted.get("lora") is None:
        dtype = gongkao_precision.of(wanted.llm.pretrained_model_name_or_path)
        PreTrainedModel.half = lambda self, *_: self.to(dtype)
    else:
        sys.argv.append("--fp32")
    pth_to_hf.main()
