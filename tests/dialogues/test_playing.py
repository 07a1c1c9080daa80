"""Written dialogues through the code of a live call: what comes, when, and that it comes again the same."""

from __future__ import annotations

import json
from pathlib import Path

import opencc
import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.coach.conditions.phrase_said import PhraseSaid
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.dialogues.outcome import Json, outcome
from pipeline.dialogues.playing import play
from pipeline.dialogues.reading import Dialogue
from pipeline.events.measures import PaceMeasured
from pipeline.events.turns import SilenceReached, TurnEnded
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled

BOOK = load_rulebook(bundled("rules", "handbook.yaml"))
OPENING = {"who": "agent", "start_s": 0.8, "end_s": 6.0, "text": "您好，翠湖物业客服中心，请问有什么可以帮您？"}


def _dialogue(*lines: object, **facts: object) -> Dialogue:
    return Dialogue.model_validate({"id": "D", "facts": facts, "lines": lines})


def _line(who: str, start_s: float, end_s: float, text: str, **more: float) -> dict[str, object]:
    return {"who": who, "start_s": start_s, "end_s": end_s, "text": text, **more}


def _came(*lines: object, **facts: object) -> Json:
    return outcome("D", BOOK, play(_dialogue(*lines, **facts), BOOK))


def test_a_silent_call_goes_through_its_steps() -> None:
    came = _came(
        OPENING,
        _line("agent", 13.7, 16.5, "您好，请问有什么可以帮您？"),
        _line("agent", 22.6, 28.8, "非常抱歉，您的电话没有声音，请您换一部电话再打来，再见。"),
        _line("system", 34.8, 35.2, "坐席挂机"),
    )
    assert [(script["step"], script["at_ms"]) for script in came["scripts"]] == [
        (1, 0), (2, 11_000), (3, 21_500), (4, 33_800),
    ]  # fmt: skip
    assert came["scripts"][1]["covers"] == ["silent-call-prompt-2"]
    assert came["hints"] == []
    (item,) = [item for item in came["items"] if item["rule"] == "silent-call-sequence"]
    assert (item["verdict"], item["covers"]) == ("met", ["silent-call-sequence"])


def test_a_dialogue_may_be_written_in_any_script() -> None:
    """Requests to wait with their times, and bans, as in simplified Han."""
    lines = (
        OPENING,
        _line("customer", 7.0, 9.0, "我要查帳。"),
        _line("agent", 9.5, 12.0, "请您稍等两分钟。"),
        _line("agent", 60.0, 62.0, "您自己看着办。"),
    )
    traditional = ({**line, "text": opencc.OpenCC("s2tw").convert(str(line["text"]))} for line in lines)
    came = _came(*lines)
    assert [hint["rule"] for hint in came["hints"]] == ["ban-your-own-matter"]
    assert _came(*traditional) == came


def test_a_silent_call_is_over_when_the_customer_is_heard() -> None:
    came = _came(OPENING, _line("customer", 13.0, 15.0, "喂，听得见吗？"), _line("agent", 15.5, 16.5, "听得见。"))
    assert [(script["step"], script["covers"]) for script in came["scripts"]] == [
        (1, ["silent-call-prompt-1"]), (2, ["silent-call-prompt-2"]), (0, ["silent-call-customer-resumes"]),
    ]  # fmt: skip


def test_a_hint_comes_with_the_words_of_its_turn() -> None:
    came = _came(
        OPENING,
        _line("customer", 6.5, 9.0, "我家的水管什么时候修？"),
        _line("agent", 9.6, 11.0, "这不关我的事。"),
    )
    (hint,) = came["hints"]
    assert (hint["rule"], hint["at_ms"], hint["severity"]) == ("ban-none-of-my-business", 11_600, "critical")
    assert set(came) == {
        "id", "hints", "scripts", "cards", "phases", "promises", "fields", "checks", "items", "faults",
    }  # fmt: skip


def test_a_rule_that_is_off_is_told_and_not_met() -> None:
    slow = BOOK.rule("ban-i-dont-know")
    rule = slow.model_copy(update={"when": PhraseSaid(kind="phrase_said", pattern="(我|我){20}们")})
    book = BOOK.model_copy(update={"rules": tuple(rule if one is slow else one for one in BOOK.rules)})
    lines = (OPENING, _line("agent", 7.0, 30.0, "我" * 60))
    came = outcome("D", book, play(_dialogue(*lines), book))
    assert came["faults"] == [f"{rule.title}: a pattern takes too long and is off for this call"]
    assert [item["verdict"] for item in came["items"] if item["rule"] == rule.id] == ["not_applicable"]
    assert _came(*lines)["faults"] == []


def test_silences_turns_and_pace_are_those_of_a_live_call() -> None:
    fast = "我现在马上帮您把这个问题登记到系统里面去然后通知维修部的师傅今天下午就过去把那根水管修好"
    events = play(
        _dialogue(
            OPENING,
            _line("customer", 6.5, 9.0, "水管漏了。"),
            _line("agent", 9.2, 15.2, fast),
            _line("customer", 15.4, 15.6, "好。"),
            _line("customer", 15.8, 16.0, "嗯。"),
            _line("agent", 23.0, 24.0, "还在吗？"),
        ),
        BOOK,
    )  # fmt: skip
    turns = [(event.start_ms, event.end_ms) for event in events if isinstance(event, TurnEnded)]
    assert (15_400, 16_000) in turns  # with 200 ms between them two lines are one turn
    assert [event.at_ms for event in events if isinstance(event, SilenceReached)] == [21_000]
    (pace,) = [event for event in events if isinstance(event, PaceMeasured) and event.at_ms == 15_800]
    assert pace.basis == "words"
    said = [event for event in events if isinstance(event, WordsHeard) and event.channel == "agent"]
    assert "".join(word.text for word in said[1].words) == fast


def test_a_line_that_is_cut_by_the_hang_up_ends_with_the_call() -> None:
    events = play(_dialogue(OPENING, _line("system", 4.0, 4.2, "客户挂断")), BOOK)
    (turn,) = [event for event in events if isinstance(event, TurnEnded)]
    assert (turn.end_ms, turn.at_ms, events[-1].at_ms) == (4_200, 4_200, 4_200)


@pytest.mark.parametrize(
    ("text", "end_ms"), [("坐席未挂机", 9_000), ("客户没有挂断", 9_000), ("坐席不满意，挂机", 4_000), ("挂断", 4_000)]
)
def test_who_has_not_hung_up_ends_no_call(text: str, end_ms: int) -> None:
    events = play(_dialogue(OPENING, _line("system", 3.8, 4.0, text)), BOOK)
    assert events[-1].at_ms == end_ms


def test_the_same_dialogue_gives_the_same_again() -> None:
    dialogue = _dialogue(OPENING, _line("customer", 6.5, 9.0, "喂"), _line("agent", 15.0, 16.0, "我不知道"))
    assert play(dialogue, BOOK) == play(dialogue, BOOK)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "calls.yaml"
    lines = [OPENING, _line("system", 20.0, 21.0, "来电转接")]
    calls = [{"id": "A", "facts": {"holiday": "x"}, "lines": lines}, {"id": "B", "lines": [OPENING]}]
    path.write_text(json.dumps(calls, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_command_writes_one_object_a_dialogue(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    ran = CliRunner().invoke(app, ["rules", "play", str(file), "--json", str(out)])
    assert ran.exit_code == 0, ran.output
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == ["A", "B"]
    assert "not used yet: holiday, “来电转接”" in ran.stderr
    assert "第2步" in ran.stdout
    ran = CliRunner().invoke(app, ["rules", "play", str(file), "--json", "-"])
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == ["A", "B"]


def test_the_command_overwrites_no_file_of_another_kind(file: Path) -> None:
    before = file.read_text(encoding="utf-8")
    ran = CliRunner().invoke(app, ["rules", "play", str(file), "--json", str(file)])
    assert ran.exit_code != 0
    assert file.read_text(encoding="utf-8") == before
