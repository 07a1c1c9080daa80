"""The catalogue is valid, its derived figures are as documented, and `auto` chooses a model for the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.asr.engine.catalogue import Cost, Device, Model, Window, catalogue, choose, known
from pipeline.asr.engine.weights import settings_for
from pipeline.errors import ModelError


def model(name: str) -> Model:
    found = known(name)
    assert found is not None
    return found


def test_every_entry_can_be_fetched_converted_or_is_bundled_and_says_its_licence() -> None:
    assert [m.name for m in catalogue() if not (m.origin or m.name == "demo")] == []
    assert all(m.licence for m in catalogue())
    assert all(len(m.sha256) in (0, 64) for m in catalogue())
    assert all((m.weights_bytes is None) == (not m.sha256) for m in catalogue())
    assert len({m.name for m in catalogue()}) == len(catalogue())


def test_base_is_what_was_measured() -> None:
    base = model("base")
    assert not base.takes_prompt
    assert base.trust is not None
    assert base.trust.good_for == "hints"
    assert all("--hash=sha256:" in requirement for requirement in base.packages)
    assert model("small").trust is None


def test_calls_a_core_are_derived_from_the_cost_of_an_utterance() -> None:
    ordinary = Model("x", "MIT", "zh", cost=Cost(encode_5s_ms=100, encode_10s_ms=400, token_ms=24))
    assert ordinary.utterance_s == pytest.approx(1.0)
    assert ordinary.calls_a_core == pytest.approx(0.5 / (0.84 / 5))
    short = Model("x", "MIT", "zh", window=Window(0, 400), cost=Cost(encode_5s_ms=100, encode_10s_ms=400, token_ms=24))
    assert short.utterance_s == pytest.approx(0.7)
    assert Model("x", "MIT", "zh").calls_a_core is None


def test_the_window_an_engine_gets_is_the_catalogues() -> None:
    assert settings_for("demo").window_floor_ms == 0
    assert settings_for("acft-base").window_floor_ms == 0
    assert settings_for("small").window_floor_ms == 10_000
    assert settings_for("/some/folder").window_floor_ms == 10_000


@pytest.mark.parametrize(
    ("here", "device", "chosen", "why"),
    [
        ([], Device(8, 0, None), "none", "callcoach models get base"),
        (["demo"], Device(8, 0, None), "none", "--model demo"),
        (["base", "demo"], Device(2, 0, 16_000), "base", "2 cores without a GPU"),
        (["large-v3-turbo", "small"], Device(2, 0, 16_000), "small", "large-v3-turbo would be 2.5 s late"),
        (["large-v3-turbo", "small"], Device(8, 0, 16_000), "large-v3-turbo", "8 cores without a GPU"),
        (
            ["large-v3-turbo", "small"],
            Device(8, 0, 1_800),
            "small",
            "large-v3-turbo needs 1101 MB and 1000 MB to spare",
        ),
        (["large-v3", "small"], Device(8, 0, None), "small", "large-v3 is for a GPU, and there is none"),
        (["large-v3", "small"], Device(8, 1, None), "large-v3", "a GPU, about 8 calls at once"),
        (["large-v3"], Device(1, 0, None), "large-v3", "too much for 1 core without a GPU"),
    ],
)
def test_auto_takes_the_best_model_the_machine_can_run_and_says_why(
    here: list[str], device: Device, chosen: str, why: str
) -> None:
    choice = choose([m for m in catalogue() if m.name in here], device)
    assert choice.name == chosen
    assert why in choice.why
    assert "\n" not in choice.why


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {name: x, licence: MIT, languages: 99, colour: red}", "unknown 'colour'"),
        ("- {name: x, languages: 99}", "licence"),
        ("- {name: x, licence: MIT, languages: 99, size_mb: large}", "size_mb"),
        ("{", "catalogue.yaml"),
    ],
)
def test_a_catalogue_that_is_wrong_is_one_line_naming_file_and_field(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=message) as caught:
        catalogue(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
