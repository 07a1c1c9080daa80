"""Lists of people, as spreadsheets write them."""

from __future__ import annotations

import pytest

from pipeline.errors import AccountRefused
from pipeline.people.permissions import Role
from pipeline.people.roster import MOST_LINES, decoded
from pipeline.store.people import SqlKept
from tests.people.conftest import House

LIST = """姓名,登录名,角色,班组,工号,话机号
林晓雯,linxiaowen,坐席,A 组,1027,8027
王敏,wangmin,班长,A 组,,
周琳,zhoulin,质检,A 组、B组,,
许岚,xulan,质检,全部班组,,
郑岩,zhengyan,管理员,,,
"""


def test_a_list_is_taken_over_and_can_be_read_again(house: House) -> None:
    done = house.roster.take_over(LIST)
    assert (len(done.added), done.changed, done.refused) == (5, (), ())
    users = {user.login: user for user in house.directory.users()}
    lin, zhou = users["linxiaowen"], users["zhoulin"]
    ids = {team.name: team.id for team in house.directory.teams()}
    assert (lin.name, lin.role, lin.team, lin.agent_id, lin.telephone_id) == (
        "林晓雯",
        Role.AGENT,
        ids["A 组"],
        "1027",
        "8027",
    )
    assert (zhou.role, zhou.assigned) == (Role.QA, (ids["A 组"], ids["B组"]))
    assert (users["xulan"].assigned, users["zhengyan"].role) == (("*",), Role.ADMIN)
    again = house.roster.take_over(LIST.replace("8027", "8028"))
    assert (again.added, len(again.changed), again.refused) == ((), 5, ())
    assert {user.login: user.id for user in house.directory.users()} == {
        login: user.id for login, user in users.items()
    }
    assert house.directory.user_named("1027").telephone_id == "8028"  # type: ignore[union-attr]


def test_columns_that_are_not_there_stay_as_they_are(house: House) -> None:
    house.roster.take_over(LIST)
    house.roster.take_over("login,name,role\nlinxiaowen,林小文,agent\n")
    lin = house.directory.user_named("linxiaowen")
    assert lin is not None
    assert (lin.name, lin.agent_id, lin.telephone_id, lin.team) == (
        "林小文",
        "1027",
        "8027",
        house.directory.user_named("wangmin").team,
    )  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (["一,yi,坐席", "二,er,经理"], 3, "it must be 坐席"),
        (["一,yi,坐席", "", "二,yi,坐席"], 4, "stands in line 2 too"),
        (["一,yi,坐席,甲,7", "二,er,坐席,乙,7"], 3, "somebody else"),
        (["一,yi,坐席", ",er,坐席"], 3, "name is ''"),
        (["一,yi,坐席,甲、乙"], 2, "only QA has more than one"),
        (["一,yi,坐席,甲,7,8,9"], 2, "7 cells"),
        (['一,"yi,坐席'], 2, "unexpected end"),
        ([], 1, "is empty"),
    ],
)
def test_what_may_not_be_is_named_by_its_line_and_nothing_is_done(
    house: House, lines: list[str], line: int, reason: str
) -> None:
    before = house.directory.users(), house.directory.teams()
    done = house.roster.take_over("\n".join(["姓名,登录名,角色,班组,工号,话机号", *lines]))
    assert (done.added, done.changed) == ((), ())
    assert [one.line for one in done.refused] == [line]
    assert reason in done.refused[0].reason
    assert (house.directory.users(), house.directory.teams()) == before


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("姓名,登录名", "role is missing"), ("姓名,登录名,角色,部门", "no column '部门'"),
        ("姓名,登录名,角色,工号,agent_id", "twice"), ("", "empty"),
    ],
)  # fmt: skip
def test_columns_that_are_not_known_or_missing_are_named(house: House, header: str, reason: str) -> None:
    (refused,) = house.roster.take_over(f"{header}\n").refused
    assert (refused.line, reason in refused.reason) == (1, True), refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_is_read_however_a_spreadsheet_saved_it(house: House, encoding: str, separator: str) -> None:
    content = LIST.replace(",", separator).replace("\n", "\r\n").encode(encoding)
    assert len(house.roster.take_over(decoded(content)).added) == 5


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(AccountRefused, match="neither"):
        decoded(b"\xff\xfe\x00\xff")


def test_a_long_list_reads_the_people_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a thousand people took half a minute, in which nobody could sign in."""
    house.add("wang", agent_id="W7")
    read, users = [], SqlKept.users
    monkeypatch.setattr(SqlKept, "users", lambda kept: read.append(kept) or users(kept))
    lines = "".join(f"人,ren{number},坐席,A 组,{number}\n" for number in range(100))
    done = house.roster.take_over(f"姓名,登录名,角色,班组,工号\n{lines}王,wang,坐席,A 组,W8\n李,li,坐席,A 组,W7\n")
    assert (len(done.added), len(done.changed), done.refused, len(read)) == (101, 1, (), 1)
    for clash in ("x,坐席,A 组,ren7", "ren7x,坐席,A 组,ｗ８", "99,坐席,A 组,"):
        refused = house.roster.take_over(f"姓名,登录名,角色,班组,工号\n新,xin,坐席,A 组,1000\n人,{clash}\n").refused
        assert [(one.line, "somebody else" in one.reason) for one in refused] == [(3, True)]


def test_too_long_a_list_is_not_begun(house: House) -> None:
    done = house.roster.take_over("姓名,登录名,角色\n" + "人,ren,坐席\n" * (MOST_LINES + 1))
    assert [(one.line, one.reason) for one in done.refused] == [(MOST_LINES + 2, "there are more than 10000 lines")]


def test_the_last_administrator_is_not_demoted_by_a_list(house: House) -> None:
    house.first_admin()
    done = house.roster.take_over("姓名,登录名,角色\n郑岩,zhengyan,坐席\n")
    assert "last administrator" in done.refused[0].reason
    assert house.directory.users()[0].role == Role.ADMIN
