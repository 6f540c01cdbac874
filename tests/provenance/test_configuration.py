from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from auditor.evidence.jsontext import read_json
from auditor.findings import Location
from auditor.program.parse import parse
from auditor.provenance.configuration import activation_contradicted, contradicted
from auditor.settings import Setting, SettingSource
from auditor.texts import TextLines


def found(
    claim: Mapping[str, object],
    *settings: Setting,
    log: str = "",
    commanded: bool = True,
) -> list[str]:
    document = read_json(json.dumps(claim))
    logs = [TextLines("a.log", tuple(enumerate(log.split("\n"), start=1)))]
    return [
        each.what for each in contradicted(document, "s.json", settings, logs, commanded=commanded)
    ]


def switch(name: str, value: str, source: SettingSource = SettingSource.DEFAULT) -> Setting:
    return Setting(name, value, source, Location("train.log", 3, 3))


def test_a_default_counts_where_a_command_leaves_it_alone() -> None:
    claim = {"architecture": {"num_layers": 12}}
    assert found(claim, switch("NUM_LAYERS", "11")) == ["num_layers"]
    assert found(claim, switch("NUM_LAYERS", "11"), commanded=False) == []
    assert found(claim, switch("NUM_LAYERS", "12")) == []


def test_what_a_log_says_counts_without_a_command() -> None:
    setting = switch("NUM_LAYERS", "11", SettingSource.LOG)
    assert found({"n_layers": 12}, setting, commanded=False) == ["n_layers"]


@pytest.mark.parametrize(
    ("stated", "value", "same"),
    [(True, "1", True), (False, "1", False), (False, "0", True), ("true", "1", True)],
)
def test_words_and_digits_mean_the_same(stated: object, value: str, *, same: bool) -> None:
    claim = {"architecture": {"tie_embeddings": stated}}
    assert (found(claim, switch("TIE_EMBEDDINGS", value)) == []) is same


@pytest.mark.parametrize("path", ["ablation", "baseline", "comparison"])
def test_parts_that_describe_other_models_do_not_count(path: str) -> None:
    assert found({path: {"num_layers": 12}}, switch("NUM_LAYERS", "11")) == []


@pytest.mark.parametrize(
    ("vocab", "loss", "fits"),
    [(1024, 6.9295, True), (1024, 6.9379, True), (256, 6.9295, False), (8192, 6.9295, False)],
)
def test_the_first_loss_gives_the_vocabulary_away(vocab: int, loss: float, *, fits: bool) -> None:
    log = f"step:0/20000 val_loss:{loss} val_bpb:4.1 train_time:0ms"
    assert (found({"architecture": {"vocab_size": vocab}}, log=log) == []) is fits


def test_attention_on_all_layers_needs_a_switch_that_covers_them() -> None:
    claim = {"techniques": ["xsa_attention_all_layers"]}
    layers = switch("NUM_LAYERS", "11")
    assert found(claim, layers, switch("XSA_LAYERS", "4")) == ["XSA depth"]
    assert found(claim, layers, switch("XSA_LAST_N", "11")) == []


@pytest.mark.parametrize(
    ("body", "contradicts"),
    [
        ("return self.down(F.leaky_relu(self.up(x)).pow(2))", True),
        ("return self.down(F.silu(self.gate(x)) * self.up(x))", False),
        ("return self.down(self.act(self.up(x)))", False),
    ],
)
def test_a_gated_unit_that_the_feed_forward_class_does_not_have(
    body: str, *, contradicts: bool
) -> None:
    module = parse(f"class MLP(nn.Module):\n    def forward(self, x):\n        {body}\n")
    document = read_json(json.dumps({"techniques": ["swiglu_mlp"]}))
    assert bool(list(activation_contradicted(document, "s.json", [module]))) is contradicts
