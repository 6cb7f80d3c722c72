"""The pages of procedures and events say what the product does."""

import pytest

from tests.rules.kernel.pages import FOLDER, MARK, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_made_part_of_a_page_is_up_to_date(name: str) -> None:
    _, _, made = (FOLDER / name).read_text(encoding="utf-8").partition(MARK)
    assert made == PAGES[name](), "run: .venv/bin/python -m tests.rules.kernel.pages"
