"""Drives one controller with OpenStack's sushy and prints what it saw, as one JSON object.

Reads from standard input: {"url", "ca", "username", "password", "system"}. `ca` is the file with the
controller's certificate, the only one that is trusted. With "images", it starts the system from the last of
them as from a CD instead, after those that are refused. What else sushy raises is not caught.
"""

import json
import sys
import time

import sushy
from sushy import auth, exceptions


def until(system, wanted, seconds=10):
    """Reads the system until its power is as wanted, as every client of a slow machine must."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        system.refresh(force=True)
        if system.power_state == wanted:
            return system.power_state.value
        time.sleep(0.02)
    raise TimeoutError(f"the power is {system.power_state}, not {wanted}")


def connect(given, password):
    """Signs in with a session, and with nothing else when that fails."""
    by_session = auth.SessionAuth(username=given["username"], password=password)
    return by_session, sushy.Sushy(given["url"], auth=by_session, verify=given["ca"])


def boot_of(system):
    system.refresh(force=True)
    boot = system.boot
    return {"target": boot.target.value, "enabled": boot.enabled.value, "mode": boot.mode.value}


def follow_last_task(root):
    """Follows the newest task to its end, if the controller made any."""
    tasks = root.get_task_service().tasks.get_members()
    if not tasks:
        return None
    task = tasks[-1]
    end = time.monotonic() + 10
    while task.task_state != sushy.TASK_STATE_COMPLETED and time.monotonic() < end:
        time.sleep(0.02)
        task.refresh(force=True)
    return {"name": task.name, "state": task.task_state.value, "percent": task.percent_complete}


def drive_of(manager):
    """The drive that takes a CD, read afresh."""
    drives = manager.virtual_media
    drives.invalidate()
    drives.refresh()
    kind = sushy.VIRTUAL_MEDIA_CD
    return next(d for d in drives.get_members() if kind in d.media_types)


def start_from_cd(given):
    session, root = connect(given, given["password"])
    system = root.get_system(given["system"])
    manager = system.managers[0]
    *refused, image = given["images"]
    seen = {"refused": []}
    for each in refused:
        try:
            drive_of(manager).insert_media(each)
        except exceptions.HTTPError as error:
            seen["refused"].append(error.status_code)
    drive_of(manager).insert_media(image)
    drive = drive_of(manager)
    seen["in"] = {"image": drive.image, "name": drive.image_name, "inserted": drive.inserted}
    system.set_system_boot_options(
        target=sushy.BOOT_SOURCE_TARGET_CD,
        enabled=sushy.BOOT_SOURCE_ENABLED_ONCE,
    )
    system.reset_system(sushy.RESET_ON)
    until(system, sushy.SYSTEM_POWER_STATE_ON)
    end = time.monotonic() + 10
    while boot_of(system)["enabled"] == "Once" and time.monotonic() < end:
        time.sleep(0.02)
    drive_of(manager).eject_media()
    drive = drive_of(manager)
    seen["out"] = {"image": drive.image, "inserted": drive.inserted}
    session.close()
    print(json.dumps(seen))


def main():
    given = json.load(sys.stdin)
    if "images" in given:
        start_from_cd(given)
        return
    session, root = connect(given, given["password"])
    seen = {
        "version": root.redfish_version,
        "uuid": root.uuid,
        "systems": list(root.get_system_collection().members_identities),
        "sessions": len(root.get_session_service().sessions.get_members()),
    }
    system = root.get_system(given["system"])
    count, architecture = system.processors.summary
    chassis = system.chassis[0]
    manager = system.managers[0]
    seen |= {
        "serial": system.json["SerialNumber"],
        "manufacturer": system.manufacturer,
        "processors": count,
        "architecture": architecture.value,
        "processorTypes": sorted(p.processor_type.value for p in system.processors.get_members()),
        "memoryGib": system.memory_summary.size_gib,
        "macs": sorted(system.ethernet_interfaces.summary),
        "drives": [d.serial_number for s in system.storage.get_members() for d in s.drives],
        "chassis": chassis.chassis_type.value,
        "manager": {"type": manager.manager_type.value, "version": manager.firmware_version},
        "resets": sorted(r.value for r in system.get_allowed_reset_system_values()),
        "bootTargets": sorted(t.value for t in system.get_allowed_system_boot_source_values()),
    }

    system.set_system_boot_options(
        target=sushy.BOOT_SOURCE_TARGET_PXE,
        enabled=sushy.BOOT_SOURCE_ENABLED_ONCE,
        mode=sushy.BOOT_SOURCE_MODE_UEFI,
    )
    seen["bootSet"] = boot_of(system)

    system.reset_system(sushy.RESET_ON)
    power = [until(system, sushy.SYSTEM_POWER_STATE_ON)]
    # `Once` is over when the machine has looked at it.
    end = time.monotonic() + 10
    while boot_of(system)["enabled"] == "Once" and time.monotonic() < end:
        time.sleep(0.02)
    seen["bootAfter"] = boot_of(system)
    system.reset_system(sushy.RESET_FORCE_RESTART)
    power.append(until(system, sushy.SYSTEM_POWER_STATE_ON))
    system.reset_system(sushy.RESET_FORCE_OFF)
    power.append(until(system, sushy.SYSTEM_POWER_STATE_OFF))
    seen["power"] = power
    seen["task"] = follow_last_task(root)

    session.close()
    try:
        connect(given, "not " + given["password"])
        seen["wrongPassword"] = "answered"
    except exceptions.AccessError as error:
        seen["wrongPassword"] = error.status_code

    print(json.dumps(seen))


main()
