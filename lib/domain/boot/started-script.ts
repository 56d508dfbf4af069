/** Which keys Ingot has put on a system, one a line: what it may take off again. */
const recordFile = "/var/lib/ingot/keys";

/**
 * The files of what an installed system does at the end of every boot: it takes the keys that the
 * portal has for it now, and says that it is up, since cloud-init phones home at the first boot only.
 * Python is what every system with cloud-init has. A start that nobody waits for is not answered, and
 * the script ends.
 * @param defaultUser A name that needs no quoting.
 */
export function startedFiles(url: string, defaultUser: string, keys: readonly string[]) {
  return [
    {
      path: "/var/lib/cloud/scripts/per-boot/ingot-started.sh",
      // It holds a token, and the directory is readable.
      permissions: "0700",
      content: `${starter}base, user = ${JSON.stringify(url)}, ${JSON.stringify(defaultUser)}\n${program}END\n`,
    },
    {
      path: recordFile,
      owner: "root:root",
      permissions: "0600",
      content: keys.map((key) => `${key}\n`).join(""),
    },
  ];
}

const starter = `#!/bin/sh
# Takes the SSH keys of this environment, and tells the portal that this boot is done: it waits for that
# when it starts the node. Keys that were not the portal's stay as they are.
python=$(command -v python3 || echo /usr/libexec/platform-python)
exec "$python" - "$@" <<'END'
`;

// Two arguments, the file of its record and the home directory, are for who tries it out.
const program = `import http.client, json, os, pwd, sys, time, traceback, urllib.error, urllib.parse, urllib.request

record = sys.argv[1] if len(sys.argv) > 1 else "${recordFile}"
home = sys.argv[2] if len(sys.argv) > 2 else None


def ask(path, body=None):
    for _ in range(10):
        try:
            with urllib.request.urlopen(base + path, body, 10) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                return None
        except (OSError, http.client.HTTPException):
            # What is cut short or garbled is no OSError.
            pass
        time.sleep(3)
    return None


def lines_of(path):
    try:
        # A line ends at a newline alone: whatever else is in it stays in it.
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\\n") as file:
            lines = file.read().split("\\n")
    except FileNotFoundError:
        return []
    return lines if lines[-1] else lines[:-1]


def keep(path, lines, owner):
    """In the place of what was there, or not at all."""
    fresh = path + ".ingot"
    with open(fresh, "w", encoding="utf-8", errors="surrogateescape", newline="\\n") as file:
        os.fchmod(file.fileno(), 0o600)
        os.fchown(file.fileno(), *owner)
        file.write("".join(line + "\\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    # The name, too, is to outlast a power cut.
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def key_of(line):
    """Type and body, where they begin it: a line with options, or a comment, is never Ingot's."""
    return tuple(line.split()[:2])


def take_keys(wanted):
    who = pwd.getpwnam(user)
    folder = os.path.join(home or who.pw_dir, ".ssh")
    if not os.path.isdir(folder):
        os.mkdir(folder, 0o700)
        os.chown(folder, who.pw_uid, who.pw_gid)
    path = os.path.join(folder, "authorized_keys")
    earlier = lines_of(record)
    gone = {key_of(line) for line in earlier if line.strip()} - {key_of(line) for line in wanted}
    kept = [line for line in lines_of(path) if key_of(line) not in gone]
    there = {key_of(line) for line in kept}
    new = [line for line in wanted if key_of(line) not in there]
    # Written down first: what is put there can be taken off again, however this ends.
    root = (os.getuid(), os.getgid())
    keep(record, earlier + [line for line in wanted if line not in earlier], root)
    keep(path, kept + new, (who.pw_uid, who.pw_gid))
    keep(record, wanted, root)


taken = ""
told = ask("/keys")
if told is not None:
    try:
        told = json.loads(told.decode())
        take_keys(told["keys"])
        taken = told["revision"]
    except Exception:
        # A system whose keys cannot be written is up all the same.
        traceback.print_exc()
try:
    key = open("/etc/ssh/ssh_host_ed25519_key.pub").read()
except OSError:
    key = ""
ask("", urllib.parse.urlencode({"pub_key_ed25519": key, "keys": taken}).encode())
`;
