"""What a row of a tab of facts stands for."""

from __future__ import annotations

from enum import StrEnum


class Grain(StrEnum):
    """What a row of a tab of facts stands for, and so how it is counted."""

    LEAD = "lead"  # one lead, which may become a deal
    DAY = "day"  # what one employee did on one day, in numbers
    MARKS = "marks"  # what was marked of one employee on one working day: yes, no or not applicable
    PAYMENT = "payment"  # one payment of a deal that is paid in parts
    VALUE = "value"  # one value of a measure of the client's own: whose, of which day
