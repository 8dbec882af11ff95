"""The tables of what people see."""

from __future__ import annotations

import pkgutil
from collections import Counter
from importlib import import_module

from bot.slack import texts

TABLES = {
    module.name: import_module(f"bot.slack.texts.{module.name}").TEXTS
    for module in pkgutil.iter_modules(texts.__path__)
}


def test_no_name_stands_in_two_tables() -> None:
    counted = Counter(name for table in TABLES.values() for name in table)
    assert {name for name, times in counted.items() if times > 1} == set()


def test_every_text_of_every_table_can_be_said_in_both_languages() -> None:
    assert {name for table in TABLES.values() for name in table} == set(texts.names())
    assert [name for table in TABLES.values() for name, said in table.items() if not all(said)] == []
