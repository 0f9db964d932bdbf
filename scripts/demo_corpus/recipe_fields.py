"""Typed access to a TOML table; every error names file, entry and key."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .errors import USAGE, DemoCorpusError

_REQUIRED = object()


class Fields:
    def __init__(self, path: Path, entry: str, table: dict[str, Any]):
        self._path = path
        self._entry = entry  # '[[codec]] "vorbis"'; empty at the top
        self._table = table
        self._asked: set[str] = set()

    def fail(self, key: str, problem: str) -> NoReturn:
        place = ": ".join(part for part in (str(self._path), self._entry, key) if part)
        raise DemoCorpusError(USAGE, f"{place}: {problem}")

    def _value(self, key: str, expected: type, words: str, default: Any) -> Any:
        self._asked.add(key)
        value = self._table.get(key, default)
        if value is _REQUIRED:
            self.fail(key, f"is missing; expected {words}")
        if not isinstance(value, expected) or isinstance(value, bool):
            self.fail(key, f"is {value!r}; expected {words}")
        return value

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        value = self._value(key, str, "a text", default)
        if not value and default is _REQUIRED:
            self.fail(key, "is empty; expected a text")
        return value

    def choice(self, key: str, choices: Sequence[str], default: Any = _REQUIRED) -> str:
        words = " or ".join(f'"{choice}"' for choice in choices)
        value = self._value(key, str, words, default)
        if value not in choices:
            self.fail(key, f'is "{value}"; expected {words}')
        return value

    def count(self, key: str, least: int = 1) -> int:
        value = self._value(key, int, f"a whole number from {least}", _REQUIRED)
        if value < least:
            self.fail(key, f"is {value}; expected a whole number from {least}")
        return value

    def texts(self, key: str, choices: Sequence[str] = (), default: Any = _REQUIRED) -> list[str]:
        values = self._value(key, list, "a list of texts", default)
        if not values and default is _REQUIRED:
            self.fail(key, "is empty")
        for value in values:
            if not isinstance(value, str) or (choices and value not in choices):
                self.fail(key, f"holds {value!r}; expected " +
                          (" or ".join(f'"{choice}"' for choice in choices) or "texts"))
        return values

    def file(self, key: str) -> Path:
        """A file beside the recipe."""
        path = self._path.parent / self.text(key)
        if not path.is_file():
            self.fail(key, f"{path} is no file")
        return path

    def table(self, key: str) -> "Fields":
        return Fields(self._path, f"[{key}]", self._value(key, dict, "a table", _REQUIRED))

    def tables(self, key: str, name_key: str) -> Iterator["Fields"]:
        entries = self._value(key, list, f"[[{key}]] tables", _REQUIRED)
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, dict):
                self.fail(key, f"is {entry!r}; expected [[{key}]] tables")
            name = entry.get(name_key)
            yield Fields(self._path, f'[[{key}]] "{name}"' if name else f"[[{key}]] number {number}",
                         entry)

    def reject_unknown_keys(self) -> None:
        for key in self._table:
            if key not in self._asked:
                self.fail(key, f"is no key here; known: {', '.join(sorted(self._asked))}")
