"""What our OpenCompass configs name by its path: loaded in the evaluation environment, never in ours.

The folder of this file is on PYTHONPATH there, as tasks may be processes of their own.
"""

# pyright: basic, reportMissingImports=false

import gongkao_marks as marks
from opencompass.models import OpenAISDK
from opencompass.openicl.icl_evaluator import BaseEvaluator
from opencompass.utils.text_postprocessors import first_option_postprocess


class OfflineOpenAISDK(OpenAISDK):
    """Needs no tokenizer: the class itself would download that of gpt-4."""

    def _init_tokenizer(self):
        self.tokenizer, self.tokenizer_type = None, "chars"

    def get_token_len(self, prompt):
        # More than tokens for Chinese text, and so good enough to refuse what is too long.
        return len(prompt)


class Marks(BaseEvaluator):
    """``exact`` and ``contains`` in percent, ``n`` questions; *kind* is choice, judge, short or number."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def score(self, predictions, references, test_set):
        if len(predictions) != len(references):
            return {"error": "predictions and references differ in number"}
        if not references:
            return {"error": "no questions"}
        marked = [self._mark(*one) for one in zip(predictions, references, test_set, strict=True)]
        details = {
            str(at): {"reply": reply, "gold": gold, "correct": exact, "contains": contains}
            for at, (reply, gold, (exact, contains)) in enumerate(zip(predictions, references, marked, strict=True))
        }
        share = 100 / len(marked)
        return {
            "exact": sum(exact for exact, _ in marked) * share,
            "contains": sum(contains for _, contains in marked) * share,
            "n": len(marked),
            "details": details,
        }

    def _mark(self, reply, gold, row):
        if self.kind == "choice":
            options = row["options"]
            if len(gold) == 1:
                # Its own reading, as in its C-Eval; with a reply in our form both agree.
                known = "ABCDEFGH"[: len(options)]
                picked = first_option_postprocess(marks.first_line(reply), known)
                if len(marks.letters(reply)) > 1:
                    picked = marks.letters(reply)
            else:
                picked = marks.letters(reply)
            return marks.choice(reply, picked, gold, options)
        if self.kind == "judge":
            return marks.judge(reply, gold)
        if self.kind == "number":
            return marks.number(reply, gold)
        return marks.short(reply, row["accepted"])
