"""Administration at the page: connectors added wrongly and rightly, watched, doubted, held up, forgotten."""

from __future__ import annotations

from playwright.async_api import expect

from bot.slack import texts
from tests.browser import OpenPage, pytestmark_of_browser
from tests.slack.browser.company import GUIDES, TOKEN, Company
from tests.slack.browser.desk import sit_at_desk
from tests.slack.browser.people import Person, in_both_languages
from tests.slack.cast import Workspace

pytestmark = pytestmark_of_browser

LOST = GUIDES[:6]


@in_both_languages
async def test_an_admin_adds_a_repository_wrongly_then_rightly_and_watches_it_being_read(
    company: Company, sandbox: Workspace, open_page: OpenPage, person: Person
) -> None:
    desk = await sit_at_desk(person, open_page)
    await desk.shows("docs", "home_active", 1)
    form = await desk.add("git", "guide")
    await form.save(remote="team/docs.git", token=TOKEN)
    await form.says_beside("remote", "remote has to begin with https://")
    await desk.picture("git-beside")
    await form.save(remote=company.git_url, token="wrong")
    await form.says(
        "Set token (and user, where it needs a certain one)", person.words("connector_secrets_again")
    )
    await desk.picture("git-refused")
    assert company.added() == []

    company.reader.before_waiting = 3
    company.reader.may_go_on.clear()
    await form.save(token=TOKEN)
    await form.says(f"8 documents in {company.git_url}")
    await desk.picture("git-added")
    await form.close()
    await desk.says("███████░░░░░░░░░░░░░ 3/8")
    await desk.picture("git-bar")
    company.reader.may_go_on.set()
    counted = {"added": 8, "changed": 0, "removed": 0, "skipped": 0, "failed": 0}
    await desk.says(texts.text("home_report", person.language, name="guide", **counted))
    await desk.shows("guide", "home_active", 8)
    await expect(desk.home).not_to_contain_text("░")
    await expect(desk.home).not_to_contain_text(TOKEN)
    await desk.picture("git-read")
    who = f"user:{sandbox.team_id}/{sandbox.workspace.user(person.name).id}"
    assert company.audited() == [("add connector", who), ("sync", who)]


@in_both_languages
async def test_an_admin_adds_a_web_site_wrongly_then_rightly(
    company: Company, open_page: OpenPage, person: Person
) -> None:
    desk = await sit_at_desk(person, open_page)
    form = await desk.add("web", "wiki")
    await form.save(urls="http://10.1.2.3/")
    await form.says("10.1.2.3 has the private address 10.1.2.3", "private under [network] in config.toml")
    await desk.picture("web-private")
    await form.save(urls=f"{company.site_url}nowhere")
    await form.says(f"{company.site_url}nowhere", "404")
    await desk.picture("web-missing")
    await form.save(urls=company.site_url, max_pages="many")
    await form.says_beside("max_pages", "many")
    await desk.picture("web-beside")
    assert company.added() == []

    await form.save(max_pages="9")
    await form.says("2 pages linked from", company.site_url)
    await form.close()
    await desk.shows("wiki", "home_active", 3)
    await desk.picture("web-read")
    assert company.holds("wiki") == 3


@in_both_languages
async def test_an_admin_is_asked_before_a_source_that_lost_its_documents_is_believed(
    company: Company, open_page: OpenPage, person: Person
) -> None:
    await company.has_guide()
    desk = await sit_at_desk(person, open_page)
    company.lose(*LOST)
    await desk.press("guide", "home_sync")
    doubt = texts.text("home_doubt", person.language, held=8, gone=6)
    await desk.says(doubt)
    await desk.shows("guide", "home_held", 8)
    await expect(desk.home).to_contain_text(f"{min(LOST)}.md")
    await desk.picture("doubt")

    await desk.press("guide", "doubt_keep")
    await desk.says(texts.text("home_was_paused", person.language, name="guide"))
    await desk.shows("guide", "home_held", 8)
    await desk.says(doubt)
    await desk.picture("doubt-kept")

    await desk.press("guide", "doubt_remove")
    await desk.confirm("doubt_remove", "6")
    await desk.shows("guide", "home_active", 2)
    await desk.says_no_more(doubt)
    await desk.picture("doubt-removed")
    assert company.holds("guide") == 2
    assert [what for what, _ in company.audited()] == ["sync", "keep paused", "allow removals"]


@in_both_languages
async def test_an_admin_pauses_resumes_and_forgets_one_connector_of_several(
    company: Company, open_page: OpenPage, person: Person
) -> None:
    await company.has_guide()
    desk = await sit_at_desk(person, open_page)
    await desk.press("guide", "home_pause")
    await desk.shows("guide", "home_held", 8)
    await desk.shows("docs", "home_active", 1)
    await desk.picture("paused")
    await desk.press("guide", "home_resume")
    await desk.shows("guide", "home_active", 8)

    await desk.press("guide", "home_forget")
    await (
        desk.page.locator("dialog.confirm")
        .get_by_role("button", name=person.words("close"), exact=True)
        .last.click()
    )
    await desk.shows("guide", "home_active", 8)
    await desk.press("guide", "home_forget")
    await desk.confirm("home_forget", "guide", "8")
    await desk.shows("guide", "home_held", 0)
    await desk.shows("docs", "home_active", 1)
    await desk.picture("forgotten")
    assert (company.holds("guide"), company.holds("docs")) == (0, 1)
    assert [what for what, _ in company.audited()] == ["pause", "resume", "forget"]


@in_both_languages
async def test_an_admin_edits_a_connector_wrongly_then_rightly_and_removes_it(
    company: Company, open_page: OpenPage, person: Person
) -> None:
    await company.has_guide()
    desk = await sit_at_desk(person, open_page)
    await expect(desk.button("docs", "home_edit")).to_have_count(0)
    await desk.press("guide", "home_edit")
    form = desk.form
    await expect(form.field("remote").locator("input")).to_have_value(company.git_url)
    await expect(form.field("token").locator("input")).to_have_value("")
    await desk.picture("edit")
    await form.save(remote=f"{company.site_url}docs.git")
    await form.says_beside("token", texts.text("connector_secret_moved", person.language, moved="remote"))
    await desk.picture("edit-moved")
    await form.save(remote=company.git_url, branch="nowhere")
    await form.says(texts.text("connector_wrong", person.language, reason=""), "nowhere")
    await desk.picture("edit-refused")
    await form.save(branch="", exclude="휴가.md\n급여.md")
    await form.says(f"6 documents in {company.git_url}")
    await desk.picture("edited")
    await form.close()
    await desk.shows("guide", "home_active", 6)

    await desk.press("guide", "home_remove_connector")
    await desk.confirm("home_remove_connector", "guide", "6")
    removed = texts.text("home_was_removed", person.language, name="guide", count=6, s="s")
    await desk.says(removed)
    await expect(desk.button("guide", "home_sync")).to_have_count(0)
    await desk.picture("removed")
    assert (company.added(), company.holds("guide")) == ([], 0)
