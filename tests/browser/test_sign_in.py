"""Signing in and out in a real browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from browser.conftest import Watch, serving
from malmoi.people import Accounts
from malmoi.people.database import PeopleDatabase
from malmoi.settings import load_settings
from web.small import SmallMalmoi, app_of

PASSWORD = "모래톱 위의 등대 일곱"


def test_someone_signs_in_asks_and_leaves(browser: Browser, tmp_path: Path) -> None:
    database = PeopleDatabase(tmp_path)
    Accounts(database).add("dana", PASSWORD, display="다나")
    database.close()
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path, "sign_in": {"method": "local"}}))
    with serving(app_of(malmoi)) as url:
        context = browser.new_context(locale="ko-KR", base_url=url)
        watch = Watch(context, url)
        watch.expected = "/sign-in"  # a refused password is a 401, which the console tells
        page = context.new_page()
        page.goto("/?c=x")
        assert page.locator("h1").inner_text() == "로그인"
        page.fill("#name", "dana")
        page.fill("#password", "이것은 틀린 암호")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        page.fill("#name", "dana")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("body.ready")
        assert "다나" in page.locator("#mm-sidebar").inner_text()
        page.click("[data-action=sign-out]")
        page.wait_for_selector("#password")
        page.goto("/")
        assert page.locator("#password").is_visible()
        context.close()
        assert watch.faults == []
