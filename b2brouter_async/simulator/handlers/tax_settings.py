"""Settings of an account for each tax authority (behaviour 30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, account_of, done, page_of
from ..state.store import Index, Record
from .accounts import add_transport
from .identifiers import filled

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

KIND = "tax_report_setting"
FRANCE = "dgfip"
_FRENCH = ("start_date", "type_operation", "naf_code", "enterprise_size")


def setting_index(record: Record) -> Index:
    """Settings are found by account and code."""
    return Index(unique=((KIND, record.owner, record.body["code"]),), groups=((KIND, record.owner),))


def list_settings(world: World, call: Call) -> Reply:
    """List an account's settings, with flat counters (behaviour 9)."""
    account = account_of(world, call)
    return page_of("tax_report_settings", world.store.group((KIND, str(account.id))), call.query, flat=True)


def create_setting(world: World, call: Call) -> Reply:
    """Create the settings for an authority; there can be one of each code."""
    account = account_of(world, call)
    fields = world.known("POST /accounts/{}/tax_report_settings", call.json["tax_report_setting"])
    if not filled(fields, "code"):
        raise errors.blank("code")
    code = str(fields["code"]).strip().lower()
    if world.store.find((KIND, str(account.id), code)) is not None:
        raise errors.taken("code")
    if code == FRANCE:
        for name in _FRENCH:
            if not filled(fields, name):
                raise errors.blank(name)
        _replace_peppol(world, account)
    stamp = world.stamp()
    body: JsonObject = {
        "start_date": None,
        "auto_generate": True,
        "auto_send": True,
        "enabled": True,
        "locked": False,
        **fields,
        "code": code,
        "created_at": stamp,
        "updated_at": stamp,
    }
    record = Record(KIND, world.store.next_id(KIND), str(account.id), body)
    world.store.add(record)
    return Reply(201, {KIND: body})


def get_setting(world: World, call: Call) -> Reply:
    """Show the settings for an authority."""
    return Reply(200, {KIND: _setting(world, call).body})


def update_setting(world: World, call: Call) -> Reply:
    """Change the settings for an authority."""
    setting = _setting(world, call)
    fields = world.known("PUT /accounts/{}/tax_report_settings/{}", call.json[KIND])
    setting.body.update({name: value for name, value in fields.items() if name not in ("code", "locked")})
    world.touch(setting)
    return Reply(200, {KIND: setting.body})


def delete_setting(world: World, call: Call) -> Reply:
    """Delete the settings for an authority; once reports were made by them they are locked."""
    setting = _setting(world, call)
    if setting.body["locked"]:
        raise errors.conflict("The setting has tax reports.")
    world.store.remove(setting)
    return done(world, {KIND: setting.body})


def _setting(world: World, call: Call) -> Record:
    account = account_of(world, call)
    setting = world.store.find((KIND, str(account.id), call.path[1].lower()))
    if setting is None:
        raise errors.missing("tax report setting")
    return setting


def _replace_peppol(world: World, account: Record) -> None:
    """France's own channel takes the place of Peppol, says the spec."""
    for transport in world.store.group(("transport", str(account.id))).values():
        if transport.body["code"] == "peppol":
            transport.body["enabled"] = False
            world.touch(transport)
    add_transport(world, account, {"code": "fr.dgfip", "reception": True})


HANDLERS: dict[str, Handler] = {
    "GET /accounts/{}/tax_report_settings": list_settings,
    "POST /accounts/{}/tax_report_settings": create_setting,
    "GET /accounts/{}/tax_report_settings/{}": get_setting,
    "PUT /accounts/{}/tax_report_settings/{}": update_setting,
    "DELETE /accounts/{}/tax_report_settings/{}": delete_setting,
}
