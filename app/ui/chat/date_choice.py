"""When documents were changed: at any time, lately, since, before or between two days."""

from __future__ import annotations

import time

from PySide6.QtCore import QDate, QDateTime, QTime
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QLabel, QWidget

from app.ui.spin import inset
from app.ui.tokens import S8

_DAYS = (7, 30, 365)
_DAY_S = 24 * 3600.0
SINCE, BEFORE, BETWEEN = "since", "before", "between"


class DateChoice(QWidget):
    """`after` and `before` are bounds of a SearchFilter: midnights of local days, 0 for none. Both
    days of 'between' count."""

    def __init__(self, after: float, before: float) -> None:
        super().__init__()
        self.how = QComboBox()
        self.how.setAccessibleName(self.tr("Changed"))
        self.how.addItem(self.tr("At any time"), "")
        for days in _DAYS:
            self.how.addItem(self.tr("In the last {n} days").replace("{n}", str(days)), days)
        self.how.addItem(self.tr("Since a day"), SINCE)
        self.how.addItem(self.tr("Before a day"), BEFORE)
        self.how.addItem(self.tr("Between two days"), BETWEEN)
        self.first, self.last = _day(self.tr("First day")), _day(self.tr("Last day"))
        self._and = QLabel(self.tr("and"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        row.addWidget(self.how, 1)
        for widget in (self.first, self._and, self.last):
            row.addWidget(widget)
        self.first.dateChanged.connect(self.last.setMinimumDate)
        if after and before:
            self._choose(BETWEEN, after, before - 1)
        elif after:
            self._choose(SINCE, after, after)
        elif before:
            self._choose(BEFORE, before, before)
        self.how.currentIndexChanged.connect(self._show)
        self._show()

    @property
    def after(self) -> float:
        """The first moment that counts."""
        how = self.how.currentData()
        if isinstance(how, int):
            return float(int(time.time() - how * _DAY_S))
        return _midnight(self.first.date()) if how in (SINCE, BETWEEN) else 0.0

    @property
    def before(self) -> float:
        """The first moment that counts no more."""
        how = self.how.currentData()
        if how == BETWEEN:
            return _midnight(self.last.date().addDays(1))
        return _midnight(self.first.date()) if how == BEFORE else 0.0

    def _choose(self, how: str, first: float, last: float) -> None:
        self.how.setCurrentIndex(self.how.findData(how))
        self.first.setDate(QDateTime.fromSecsSinceEpoch(int(first)).date())
        self.last.setDate(QDateTime.fromSecsSinceEpoch(int(last)).date())

    def _show(self) -> None:
        how = self.how.currentData()
        self.first.setVisible(how in (SINCE, BEFORE, BETWEEN))
        self._and.setVisible(how == BETWEEN)
        self.last.setVisible(how == BETWEEN)


def _day(name: str) -> QDateEdit:
    made = QDateEdit(QDate.currentDate())
    inset(made)
    made.setAccessibleName(name)
    return made


def _midnight(day: QDate) -> float:
    return float(QDateTime(day, QTime(0, 0)).toSecsSinceEpoch())
