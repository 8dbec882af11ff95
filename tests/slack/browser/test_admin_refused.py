"""Who is no admin finds nothing of administration at the page, whatever they type or still have open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import expect

from bot.slack import texts
from tests.browser import OpenPage, go_to, pytestmark_of_browser
from tests.slack.browser.company import Company
from tests.slack.browser.desk import sit_at_desk
from tests.slack.browser.people import ALEX, JIWOO, Person, in_both_languages, run_command
from tests.slack.cast import Workspace

pytestmark = pytestmark_of_browser

MEMBER, GUEST = replace(JIWOO, name="minsu"), replace(ALEX, name="sam")


@pytest.mark.parametrize("person", [MEMBER, GUEST], ids=["member-ko", "guest-en"])
async def test_a_member_and_a_guest_find_nothing_on_their_home_tab_and_their_commands_are_refused(
    company: Company, open_page: OpenPage, person: Person
) -> None:
    await company.has_guide()
    desk = await sit_at_desk(person, open_page)
    headings = desk.home.get_by_role("heading")
    await expect(headings).to_have_text([person.words("home_ask"), person.words("home_sources")])
    await expect(desk.home.get_by_role("button")).to_have_count(0)
    if person is GUEST:
        await expect(desk.home).to_contain_text(person.words("home_no_sources"))
        await expect(desk.home).not_to_contain_text("guide")
    else:
        await expect(desk.home).to_contain_text("guide – 문서 8개")
    await desk.picture(f"home-of-{person.name}")

    await go_to(desk.page, "handbook-ko")
    told = desk.page.locator("#main .message.ephemeral")
    verbs = ("pause", "resume", "forget")
    refused = {f"{verb} guide": texts.text("for_admins", person.language, command=verb) for verb in verbs}
    refused["reindex guide"] = texts.text("admins_only", person.language)
    for number, (typed, said) in enumerate(refused.items(), 1):
        await run_command(desk.page, typed)
        await expect(told).to_have_count(number)
        await expect(told.last).to_contain_text(said.replace("`", ""))
        await expect(told.last.get_by_role("button")).to_have_count(0)
    await desk.picture(f"commands-of-{person.name}")
    assert (company.holds("guide"), company.audited()) == (8, [])


@in_both_languages
async def test_who_is_no_admin_any_more_submits_an_open_form_and_clicks_an_old_button_in_vain(
    company: Company, sandbox: Workspace, open_page: OpenPage, person: Person
) -> None:
    desk = await sit_at_desk(person, open_page)
    form = await desk.add("web", "wiki")
    sandbox.workspace.user(person.name).is_admin = False
    await form.save(urls=company.site_url)
    await form.says(person.words("home_only"))
    await desk.picture("demoted")
    await form.close()

    await desk.press("docs", "home_pause")
    await form.says(person.words("home_only"))
    await form.close()
    await expect(desk.home.get_by_role("button")).to_have_count(0)
    await expect(desk.home).not_to_contain_text(person.words("home_audit"))
    await desk.picture("demoted-home")
    assert (company.added(), company.audited(), company.site.requests) == ([], [], [])
