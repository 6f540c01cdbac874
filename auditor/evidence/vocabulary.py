"""What the keys of a submission's JSON mean: hundreds of spellings, a handful of quantities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from auditor.evidence.jsontext import Path
from auditor.facts import Quantity


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SEED_KEY = re.compile(
    r"(?:.*[_\- ])?seed[_\- ]?(\d{1,10})(?:[_\- ].*)?|(\d{1,10})(?:[_\- ][a-z].*)?"
)
_SEED_ENDING = re.compile(r".*_seed_?(\d{1,10})")

#: Figures under such keys belong to other runs, or to none.
_ELSEWHERE = _words(
    "ablation ablations baseline baselines budget comparison compare control controls "
    "diagnostics draft estimate estimated experiment experiments experimentation history "
    "fix hyperparameters leaderboard old pareto parent previous prior projected reference "
    "retracted sota superseded sweep target variant variants"
)
_NOT_A_SCORE = _words(
    "base baseline ci comparison control cost delta diff drop gain gap improvement leaderboard "
    "margin merged prior previous recovery reduction sigma sota std stddev stdev stderr "
    "threshold var variance vs"
)
_NOT_A_SIZE = _words(
    "base baseline batch bpb budget cap count delta denominator estimate estimated eval headroom "
    "init limit loss margin mem memory nn original over overhead params payload peak per ppm raw "
    "saved scored sidecar sigma target token tokenizer tokens torch under unquantized val vocab "
    "vram window"
)
_NOT_A_DURATION = _words(
    "avg baseline budget cap compile compression estimated grant limit milestones "
    "per plan projected quantization serialize status step steps tok under warmup"
)
_CODE = _words("code py script wrapper")
_MODEL = _words("blob model ptz weights quantized")
_TOTAL = _words("counted submission total")
_PER_SEED = _words("per_seed runs seed_results seeds")
_SIZE_UNITS = _words("byte bytes kb mb gb kib mib gib")
#: In the order in which they are believed: a final `min` is as often a minimum as a minute.
_TIME_UNITS = (
    *("ms", "s", "sec", "secs", "second", "seconds"),
    *("minute", "minutes", "mins", "hour", "hours", "min"),
)
_TIMED = frozenset({"time", "wallclock", *_TIME_UNITS}) - {"min"}
_SIZE_NAMES = _words("artifact_size code_size model_size submission_size total_size")
_EVALUATION = _words("eval evals evaluation slot ttt")
_STEPS = _words("steps stop_step step_stop steps_completed train_steps training_steps")
_WIDE_SPAN = _words("elapsed process real runtime total wall wrapper")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the value at a path of the JSON is.

    Attributes:
        quantity: what it is about.
        unit: unit that the key implies (`ms`, `mb`); empty where it names none.
        seed: the seed the path names, where it names one.
    """

    quantity: Quantity
    unit: str = ""
    seed: int | None = None


def meaning_of(path: Path) -> Meaning | None:
    """What the value at `path` means, or `None` where no fact is to be made of it."""
    names = tuple(part for part in path if isinstance(part, str))
    if not names or _is_elsewhere(names[:-1]):
        return None
    seed = seed_in(path)
    *above, key = (name.lower() for name in names)
    if _names_a_seed(key) and above:  # `artifact_bytes: {"42": ...}`
        key = above.pop()
        if key in _PER_SEED:  # `seed_results: {"42": 1.2}`
            return Meaning(Quantity.VAL_BPB, "", seed)
    if key in ("mean", "value") and above:  # `val_bpb: {"mean": ...}`
        key = above.pop()
    quantity, unit = _classify(key, tuple(above))
    return Meaning(quantity, unit, seed) if quantity else None


def seed_in(path: Path) -> int | None:
    """The seed that a key on `path` names (`seed_42`, `"42"` below any key), the innermost."""
    names = [part for part in path if isinstance(part, str)]
    for depth in range(len(names) - 1, -1, -1):
        ending = _SEED_ENDING.fullmatch(names[depth])
        if ending:
            return int(ending[1])
        match = _SEED_KEY.fullmatch(names[depth])
        if match and (match[1] or depth > 0):
            return int(match[1] or match[2])
    return None


def _names_a_seed(key: str) -> bool:
    return _SEED_KEY.fullmatch(key) is not None and _SEED_ENDING.fullmatch(key) is None


@lru_cache(maxsize=4096)
def words_of(key: str) -> tuple[str, ...]:
    """The words of a key, lower case: `bytesModel_int6` -> `bytes`, `model`, `int`, `6`.

    `per_seed` is left out: it says how figures are listed, not what they are per.
    """
    return tuple(word.lower() for word in _WORD.findall(key[:200].replace("per_seed", "")))


def _is_elsewhere(names: tuple[str, ...]) -> bool:
    return any(_ELSEWHERE.intersection(words_of(name)) for name in names)


def _classify(key: str, above: tuple[str, ...]) -> tuple[Quantity | None, str]:
    words = words_of(key)
    for kind in (_score, _size, _duration, _setting):
        quantity, unit = kind(key, words, above)
        if quantity:
            return quantity, unit
    return None, ""


def _score(
    key: str, words: tuple[str, ...], _above: tuple[str, ...]
) -> tuple[Quantity | None, str]:
    if _NOT_A_SCORE.intersection(words):
        return None, ""
    if {"bpb", "bpbs"}.intersection(words) or key in ("seed_scores", "score"):
        return Quantity.VAL_BPB, ""
    if "loss" in words and "val" in words:
        return Quantity.VAL_LOSS, ""
    return None, ""


def _size(key: str, words: tuple[str, ...], above: tuple[str, ...]) -> tuple[Quantity | None, str]:
    unit = words[-1] if words and words[-1] in _SIZE_UNITS else ""
    if not (unit or {"bytes", "size"}.intersection(words) or key in _SIZE_NAMES):
        return None, ""
    if _NOT_A_SIZE.intersection(words):
        return None, ""
    about = set(words) | ({"artifact"} if any("artifact" in name for name in above) else set())
    if about & _CODE and not about & _MODEL:
        return Quantity.CODE_BYTES, unit
    if about & _TOTAL or (about & _CODE and about & _MODEL):
        return Quantity.TOTAL_BYTES, unit
    if about & _MODEL:
        return Quantity.MODEL_BYTES, unit
    if "artifact" in about or "compressed" in about or set(words) <= {"bytes", "seed"}:
        return Quantity.ARTIFACT_BYTES, unit
    return None, ""


def _duration(
    key: str, words: tuple[str, ...], above: tuple[str, ...]
) -> tuple[Quantity | None, str]:
    unit = next((unit for unit in _TIME_UNITS if unit in words), "")
    if not _TIMED.intersection(words) or _NOT_A_DURATION.intersection(words):
        return None, ""
    if key.startswith("max_wallclock"):
        return None, ""
    if "reserve" in words:
        return Quantity.RESERVE_SECONDS, unit
    if "hessian" in words or "calibration" in words:
        return (None if "plus" in words else Quantity.CALIBRATION_SECONDS), unit
    if {"process", "wrapper", "real"}.intersection(words):
        return Quantity.PROCESS_SECONDS, unit
    if _EVALUATION.intersection(words):
        return Quantity.EVAL_SECONDS, unit
    if {"train", "training"}.intersection(words) or words[0] == "wallclock":
        return Quantity.TRAIN_SECONDS, unit
    if _WIDE_SPAN.intersection(words) and not above:
        return Quantity.PROCESS_SECONDS, unit
    return None, ""


def _setting(
    key: str, words: tuple[str, ...], above: tuple[str, ...]
) -> tuple[Quantity | None, str]:
    if key in ("seed", "seeds", "random_seed"):
        return Quantity.SEED, ""
    if key in ("hardware", "gpu", "gpus", "gpu_type", "accelerator") and not above:
        return Quantity.GPU, ""
    if key in ("world_size", "num_gpus", "n_gpus"):
        return Quantity.WORLD_SIZE, ""
    if key in _STEPS:
        return Quantity.STEPS, ""
    if key == "track" and not above:
        return Quantity.TRACK, ""
    if words[-2:] == ("val", "tokens"):
        return Quantity.VAL_TOKENS, ""
    if words[-2:] == ("train", "shards"):
        return Quantity.TRAIN_SHARDS, ""
    return None, ""
