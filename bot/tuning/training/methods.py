"""What of a model is trained: the method, put upon the base weights."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from bot.errors import TuningError
from bot.tuning.training.base import Base, load_weights
from bot.tuning.training.extra import is_here
from bot.tuning.training.settings import FULL_LIMIT, Method, TrainingSettings

LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""What LoRA stands beside: every matrix of a layer, called alike in Llama, Qwen and Gemma. The embedding is
left alone: many models use it for their output too, and llama.cpp takes no update of such a one."""


def device_of(settings: TrainingSettings) -> str:
    """ "cpu" or "cuda". Raises TuningError where cuda is wanted and not there."""
    import torch

    has_cuda = torch.cuda.is_available()
    if settings.device == "cuda" and not has_cuda:
        raise TuningError("There is no CUDA device here.", mend="Train with --device cpu.")
    return "cuda" if has_cuda and settings.device != "cpu" else "cpu"


def precision_of(settings: TrainingSettings, device: str) -> str:
    """Of the base weights. What is trained in full is float32: small steps would vanish in bfloat16."""
    if settings.method is Method.FULL:
        return "float32"
    if settings.precision == "auto":
        return "bfloat16" if device == "cuda" or _multiplies_bfloat16() else "float32"
    return settings.precision


def _multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for it; without them bfloat16 is slower than float32."""
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("amx_bf16") or able.get("avx512_bf16"))


def check_possible(settings: TrainingSettings, base: Base, device: str) -> None:
    """Raises TuningError where the method cannot be used with this model on this machine."""
    if settings.method is Method.QLORA:
        if device != "cuda" or not is_here("bitsandbytes"):
            lacking = "no CUDA device" if device != "cuda" else "no bitsandbytes (pip install bitsandbytes)"
            raise TuningError(
                f"QLoRA computes with weights of 4 bits on a GPU, and here is {lacking}.",
                mend="Use --method lora, with --precision bfloat16 if memory is short.",
            )
        if not base.is_folder:
            raise TuningError(
                "QLoRA quantises weights by itself and cannot begin with a GGUF file.",
                mend="Give the folder of the model's safetensors with --base, or use --method lora.",
            )
    if settings.method is Method.FULL and base.parameters > FULL_LIMIT:
        raise TuningError(
            f"{base.path.name} has {base.parameters / 1e6:,.0f} million parameters, too many to train all of"
            f" them (at most {FULL_LIMIT / 1e6:,.0f} million).",
            mend="Use --method lora: it trains small updates beside them.",
        )


def begin(base: Base, settings: TrainingSettings, device: str) -> Any:
    """The base model, loaded, on the device, everything frozen."""
    if device == "cuda" and base.is_folder and settings.method in (Method.LORA, Method.QLORA):
        model = _with_unsloth(base, settings)
        if model is not None:
            return model
    in_four_bits = settings.method is Method.QLORA
    model = load_weights(base, precision=precision_of(settings, device), in_four_bits=in_four_bits)
    model.config.use_cache = False
    model.requires_grad_(False)
    return model if in_four_bits else model.to(device)


def _with_unsloth(base: Base, settings: TrainingSettings) -> Any | None:
    """Unsloth's faster kernels, where somebody installed them. Never run by us: no machine of ours had
    Unsloth and a GPU together."""
    if not is_here("unsloth"):
        return None
    from unsloth import FastLanguageModel

    model, _ = FastLanguageModel.from_pretrained(
        model_name=str(base.path),
        max_seq_length=settings.max_tokens,
        load_in_4bit=settings.method is Method.QLORA,
        local_files_only=True,
    )
    model.requires_grad_(False)
    return model


def prepare(model: Any, settings: TrainingSettings) -> Any:
    """The model with what is to be trained; the numbers drawn for it depend on the seed only."""
    import torch

    torch.manual_seed(settings.seed)
    if settings.saves_memory:
        model.activation_checkpointing_enable({"use_reentrant": False})
    if settings.method is Method.FULL:
        model.requires_grad_(True)
        return model
    import peft

    if settings.method is Method.PROMPT:
        config: Any = peft.PromptTuningConfig(
            task_type=peft.TaskType.CAUSAL_LM,
            num_virtual_tokens=settings.virtual_tokens,
            prompt_tuning_init=peft.PromptTuningInit.RANDOM,
        )
    else:
        config = peft.LoraConfig(
            task_type=peft.TaskType.CAUSAL_LM,
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            target_modules=list(LAYERS),
            use_dora=settings.method is Method.DORA,
        )
    # what PEFT would write beside the weights, for people
    model.name_or_path = model.config._name_or_path = ""
    with warnings.catch_warnings():
        # PEFT 0.21 asks transformers 5.23 for a property by its old name
        warnings.simplefilter("ignore", FutureWarning)
        return peft.get_peft_model(model, config)


def without(model: Any, settings: TrainingSettings) -> Any:
    """The base model again, what `prepare` put upon it taken off. Not for Method.FULL, which changed it."""
    if settings.method is Method.PROMPT:
        return model.get_base_model()
    return model.unload()


# --- keeping and taking up what was trained ---------------------------------------------------------------


def save(model: Any, settings: TrainingSettings, folder: Path) -> None:
    """What was trained: as PEFT writes it; of Method.FULL the whole model."""
    folder.mkdir(parents=True)
    if settings.method is Method.FULL:
        from safetensors.torch import save_model

        # not save_pretrained, which takes what was read from a GGUF file for quantised
        save_model(model, str(folder / "model.safetensors"))
        config = model.config.to_diff_dict()
        config.pop("quantization_config", None)
        (folder / "config.json").write_text(json.dumps(config, indent=2, default=str), encoding="utf-8")
        return
    extra = {"save_embedding_layers": False}
    model.save_pretrained(str(folder), **extra)


def load_into(model: Any, settings: TrainingSettings, folder: Path) -> None:
    """Put what `save` wrote into a model that `prepare` made."""
    if settings.method is Method.FULL:
        from safetensors.torch import load_model

        load_model(model, str(folder / "model.safetensors"))
        return
    import peft

    peft.set_peft_model_state_dict(model, peft.load_peft_weights(str(folder), device="cpu"))


def with_trained(model: Any, settings: TrainingSettings, folder: Path) -> Any:
    """A model as it was loaded, with what `save` wrote: to compute, not to train with. On the CPU."""
    if settings.method is Method.FULL:
        load_into(model, settings, folder)
        return model
    import peft

    model.name_or_path = model.config._name_or_path = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # as in `prepare`
        # its own rank and alpha: a search may have found others than the run was begun with
        return peft.PeftModel.from_pretrained(model, str(folder), torch_device="cpu")
