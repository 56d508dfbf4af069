import type { BootFileRoute } from "#lib/boot/route";
import { bootToken } from "#lib/boot/tokens";
import type { Id } from "#lib/domain/id";

type Window = { id: Id<"bootWindow">; bootOrigin: string };

/**
 * Where a node finds the program that it boots: what its controller is told as HttpBootUri. UEFI boots
 * an EFI program from an address, no script (UEFI specification, section 24.7), and several controllers
 * take no address with `?` or `&`.
 */
export function bootProgramUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/b/${bootToken(secret, window.id, "boot")}/boot.efi`;
}

/**
 * Where a controller finds the same program as a CD: several take an address for one only when it ends so.
 */
export function bootMediumUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/b/${bootToken(secret, window.id, "boot")}/boot.iso`;
}

/** Where kernel, initrd and disk image of a window lie. */
export function bootFileUrl(secret: string, window: Window, file: BootFileRoute): string {
  return `${window.bootOrigin}/b/${bootToken(secret, window.id, "boot")}/${file}`;
}

/** The NoCloud seed, with the slash that cloud-init appends file names to. */
export function seedUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/n/${bootToken(secret, window.id, "seed")}/`;
}

export function phoneHomeUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/p/${bootToken(secret, window.id, "phone")}`;
}

export function eventUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/e/${bootToken(secret, window.id, "event")}`;
}

/** Where an installed system says, at every later boot, that it is up. */
export function startedUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/s/${bootToken(secret, window.id, "start")}`;
}

/** Where a node asks for the scripts of hooks, and reports of them. */
export function hooksUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/h/${bootToken(secret, window.id, "hook")}`;
}

/** Where a wipe or an installation reports: `/progress` and `/report` below it. */
export function wipeUrl(secret: string, window: Window): string {
  return `${window.bootOrigin}/w/${bootToken(secret, window.id, "wipe")}`;
}
