"""What is private in a text, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of what identifies a person. How it is found: docs/privacy.md, "Masking"."""

    MOBILE = "mobile"
    ID_CARD = "id_card"
    BANK_CARD = "bank_card"
    ADDRESS = "address"
    EMAIL = "email"


EVERY_KIND = frozenset(Kind)

MARKS = {
    Kind.MOBILE: "［手机号］",
    Kind.ID_CARD: "［身份证号］",
    Kind.BANK_CARD: "［银行卡号］",
    Kind.ADDRESS: "［门牌地址］",
    Kind.EMAIL: "［邮箱］",
}
"""What stands in the place of each: nothing of it is left, as even the last four digits tell two people apart."""

PIECE = "［号码］"
"""In the place of digits that may be a piece of any of them: as long as a number is half told, and in a fragment."""


@dataclass(frozen=True, slots=True)
class Private:
    """`text[start:end]` is private; both count characters."""

    kind: Kind
    start: int
    end: int
