"""auth, apps, team, bots, users, usergroups: who is there."""

# ruff: noqa: ARG001 - every method is called alike
from __future__ import annotations

from bot.sandbox.api.methods.pages import page
from bot.sandbox.api.web_api import Arguments, Parts
from bot.sandbox.errors import SlackError
from bot.sandbox.shapes import Json
from bot.sandbox.team import cast


def auth_test(parts: Parts, arguments: Arguments) -> Json:
    return {
        "url": parts.base_url() + "/",
        "team": cast.TEAM_NAME,
        "user": parts.workspace.users[cast.BOT_USER_ID].name,
        "team_id": cast.TEAM_ID,
        "user_id": cast.BOT_USER_ID,
        "bot_id": cast.BOT_ID,
        "is_enterprise_install": False,
    }


def apps_connections_open(parts: Parts, arguments: Arguments) -> Json:
    address = parts.base_url().replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={parts.socket_mode.new_ticket()}&app_id={cast.APP_ID}"}


def team_info(parts: Parts, arguments: Arguments) -> Json:
    team = {"id": cast.TEAM_ID, "name": cast.TEAM_NAME, "domain": cast.TEAM_DOMAIN, "email_domain": ""}
    return {"team": team | {"url": parts.base_url() + "/", "icon": {"image_default": True}}}


def bots_info(parts: Parts, arguments: Arguments) -> Json:
    parts.need("users:read")
    wanted = arguments.text("bot", cast.BOT_ID)
    for user in parts.workspace.users.values():
        if user.bot_id and user.bot_id == wanted:
            bot: Json = {"id": user.bot_id, "deleted": user.deleted, "name": user.name}
            bot |= {"updated": user.created, "app_id": user.app_id, "user_id": user.id, "icons": {}}
            return {"bot": bot}
    raise SlackError("bot_not_found")


def users_info(parts: Parts, arguments: Arguments) -> Json:
    parts.need("users:read")
    user = parts.workspace.users.get(arguments.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    email = "users:read.email" in parts.workspace.app.scopes
    return {"user": user.as_json(locale=arguments.flag("include_locale"), email=email)}


def users_list(parts: Parts, arguments: Arguments) -> Json:
    parts.need("users:read")
    found, metadata = page(list(parts.workspace.users.values()), arguments, default=200, most=1000)
    locale, email = arguments.flag("include_locale"), "users:read.email" in parts.workspace.app.scopes
    members = [user.as_json(locale=locale, email=email) for user in found]
    return {"members": members, "cache_ts": int(parts.workspace.clock()), "response_metadata": metadata}


def users_lookup_by_email(parts: Parts, arguments: Arguments) -> Json:
    parts.need("users:read.email")
    for user in parts.workspace.users.values():
        if user.email and user.email == arguments.required("email"):
            return {"user": user.as_json(email=True)}
    raise SlackError("users_not_found")


def usergroups_list(parts: Parts, arguments: Arguments) -> Json:
    parts.need("usergroups:read")
    users, count = arguments.flag("include_users"), arguments.flag("include_count")
    groups = parts.workspace.groups.values()
    return {"usergroups": [group.as_json(users=users, count=count) for group in groups]}


def usergroups_users_list(parts: Parts, arguments: Arguments) -> Json:
    parts.need("usergroups:read")
    group = parts.workspace.groups.get(arguments.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


METHODS = {
    "auth.test": auth_test,
    "apps.connections.open": apps_connections_open,
    "team.info": team_info,
    "bots.info": bots_info,
    "users.info": users_info,
    "users.list": users_list,
    "users.lookupByEmail": users_lookup_by_email,
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroups_users_list,
}
