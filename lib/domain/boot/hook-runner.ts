// What runs the scripts of hooks on a node. cloud-init carries it, and starts it at the end of every
// boot; it asks the boot server for scripts until it is told that there are none any more: when its node
// is handed over, or where hooks run scripts later, too, when it is given back.

const runnerDirectory = "/var/lib/ingot";

/**
 * With this a runner that begins a script says that it will be heard until the end, every so many seconds
 * at least. Those that nodes have from before say nothing, and are not held to it.
 */
export const heardHeader = "ingot-heard";

/**
 * The files of the runner, for root alone. Its address holds a token and lies in a file of its own, so
 * that nothing is pasted into the program.
 */
export function hookRunnerFiles(hooksUrl: string) {
  const root = { owner: "root:root" };
  return [
    {
      path: `${runnerDirectory}/hooks.url`,
      ...root,
      permissions: "0600",
      content: `${hooksUrl}\n`,
    },
    { path: `${runnerDirectory}/run-hooks.py`, ...root, permissions: "0600", content: hookRunner },
    {
      path: "/var/lib/cloud/scripts/per-boot/ingot-hooks.sh",
      ...root,
      permissions: "0700",
      content: starter,
    },
  ];
}

// A service where there is systemd: it is begun again when it dies, and can be seen and stopped by name. Of
// this boot alone, so that nothing of it is left to a system that is installed anew.
const starter = `#!/bin/sh
# Runs the scripts that the portal has for this node, beside what else the boot does.
python=$(command -v python3 || echo /usr/libexec/platform-python)
if [ -d /run/systemd/system ] && systemd-run --quiet --unit=ingot-hooks \\
  --description="Scripts that the portal has for this node" \\
  --property=Restart=on-failure --property=RestartSec=30 --property=KillMode=process \\
  "$python" ${runnerDirectory}/run-hooks.py; then
  exit 0
fi
setsid "$python" ${runnerDirectory}/run-hooks.py </dev/null >/dev/null 2>&1 &
`;

/**
 * The runner. Python is what every system with cloud-init has, from 3.6 on; it needs nothing else.
 * Arguments: the directory of its address (its own), the file of the launch's values.
 */
const hookRunner = `"""Runs the scripts that the portal has for this node, one after the other.

It asks; nobody reaches in. What a script writes goes back as it is written, then how it ended.
"""
import codecs, fcntl, hashlib, http.client, json, os, random, shutil, signal, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.request, uuid

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
launch_file = sys.argv[2] if len(sys.argv) > 2 else "/etc/ingot/launch.json"
address = open(os.path.join(folder, "hooks.url"))
base = address.read().strip()
me = str(uuid.uuid4())
begun_file = os.path.join(folder, "begun")

# One at a time: what a runner that works has begun is not another's to call broken off.
try:
    fcntl.flock(address, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(0)


# Straight to the boot server, whatever proxy this system uses for the rest.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


# Of a portal that has answered: as often as it takes.
PATIENT = 10 ** 9

# How long a script may be silent before the portal is asked whether anyone still wants it, in seconds. It
# hears by that, too, that there is still someone who runs it.
SILENCE = 5


def call(path, body=None, tries=120, headers={}):
    """Gives status and body. What passes is waited for: no network, too many requests, a 5xx."""
    pause = 1
    status = 0
    for left in range(tries - 1, -1, -1):
        try:
            with opener.open(urllib.request.Request(base + path, body, headers), None, 20) as answer:
                return answer.getcode(), answer.read()
        except urllib.error.HTTPError as error:
            status = error.code
            if status < 500 and status != 429:
                return status, b""
        except (OSError, http.client.HTTPException):
            status = 0
        if left:
            time.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(10, pause * 2)
    return status, b""


def text_of(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    return json.dumps(value)


def environment(job, work):
    """What a script finds in its environment: contexts, inputs, and where the files are."""
    found = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "INGOT_HOOK": job["hook"],
        "INGOT_POINT": job["point"],
        "INGOT_ATTEMPT": str(job["attempt"]),
        "INGOT_HOSTNAME": job["hostname"],
        "INGOT_DRY_RUN": "1" if job.get("dryRun") else "",
        "INGOT_OUTPUTS": os.path.join(work, "outputs"),
        "INGOT_HOOK_OUTPUTS": os.path.join(work, "hook-outputs.json"),
        "INGOT_LAUNCH": launch_file,
    }
    try:
        with open(launch_file, encoding="utf-8") as file:
            launched = json.load(file)
    except (OSError, ValueError):
        launched = {}
    # What is ours stays ours, whatever a context calls its variables.
    found = {**launched.get("context", {}), **found}
    # What was changed since this system was installed stands over what was given to it then.
    for name, value in {**launched.get("inputs", {}), **job.get("inputs", {})}.items():
        found["INGOT_INPUT_" + name.upper()] = text_of(value)
    action = job.get("action")
    if action:
        found["INGOT_ACTION"] = action["name"]
        for name, value in action["inputs"].items():
            found["INGOT_ACTION_INPUT_" + name.upper()] = text_of(value)
    return found


def pieces_of(text, size=262144):
    """UTF-8 in pieces of whole characters, none longer than that."""
    pieces = []
    at = 0
    while at < len(text):
        end = at + size
        # Not between the bytes of a character: all but its first are 10xxxxxx.
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(text[at:end])
        at = end
    return pieces


class Output:
    """What a script writes, read as it comes, up to a limit. The portal keeps its beginning and its end."""

    def __init__(self, stream, limit):
        self.lock = threading.Lock()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.texts, self.size, self.limit = [], 0, limit
        self.pieces, self.sent = [], 0
        self.heard = time.monotonic()
        self.flooded = threading.Event()
        self.ended = threading.Event()
        # Goes on for as long as something that the script left running may write, and keeps this
        # process: with the pipe closed, its next line would be its end.
        threading.Thread(target=self.read, args=(stream,)).start()

    def read(self, stream):
        while True:
            piece = os.read(stream, 65536)
            with self.lock:
                room = self.limit - self.size
                self.size += len(piece)
                self.texts.append(self.decoder.decode(piece[:room] if room > 0 else b"", not piece))
                if self.size > self.limit:
                    self.flooded.set()
            if not piece:
                break
            # What is beyond the limit is thrown away: the script is ended, not held up.
        os.close(stream)
        self.ended.set()

    def send(self, run, tries):
        """Sends what is new, or keeps it for later; False when the portal does not want it any more."""
        with self.lock:
            text, self.texts = "".join(self.texts), []
        self.pieces += pieces_of(text.encode("utf-8"))
        if not self.pieces and time.monotonic() - self.heard >= SILENCE:
            # Nothing new, to hear whether its hook has ended meanwhile.
            self.pieces = [b""]
        while self.pieces:
            # Sent again as it was, since nobody knows whether it came: it is taken once.
            status, _ = call("/%s/log/%d" % (run, self.sent), self.pieces[0], tries)
            if 400 <= status < 500 and status != 429:
                return False
            if status != 200:
                if self.pieces == [b""]:
                    # A question is not kept: what comes next asks as well.
                    self.pieces, self.heard = [], time.monotonic()
                break
            self.sent += len(self.pieces.pop(0))
            self.heard = time.monotonic()
        return True


def end_all(pid, has_ended):
    """Ends a script and what it started: asked first, then not asked."""
    for how, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 10), (signal.SIGKILL, 0)):
        try:
            os.killpg(pid, how)
        except OSError:
            pass
        until = time.monotonic() + patience
        while not has_ended() and time.monotonic() < until:
            time.sleep(0.05)


def end_own(process):
    end_all(process.pid, lambda: process.poll() is not None)


def start(job, script, values, work):
    """Starts a script; gives its process and the end at which what it writes is read."""
    with open(os.path.join(work, "hook-outputs.json"), "wb") as file:
        file.write(values)
    open(os.path.join(work, "outputs"), "w").close()
    program = os.path.join(work, "script")
    with open(program, "wb") as file:
        file.write(script)
    os.chmod(program, 0o700)
    # As bytes: a system without a UTF-8 locale would refuse what is not ASCII.
    given = {name: value.encode("utf-8") for name, value in environment(job, work).items()}
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [program],
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            cwd=work,
            env=given,
            start_new_session=True,
        )
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    return process, reader


def follow(job, process, reader, work):
    """Waits for a script's end and gives the report; None when nobody wants one."""
    run = job["run"]
    output = Output(reader, job["logBytes"])
    until = time.monotonic() + job["seconds"]
    result = None
    while process.poll() is None and result is None:
        output.flooded.wait(0.5)
        if output.flooded.is_set():
            result = {"result": "flood"}
        elif time.monotonic() >= until:
            result = {"result": "timeout"}
        elif not output.send(run, 1):
            end_own(process)
            return None
    if result is not None:
        end_own(process)
    # What it left running may keep the pipe open, and is not waited for.
    output.ended.wait(1)
    if not output.send(run, PATIENT):
        return None
    if result is not None:
        return result
    if output.flooded.is_set():
        return {"result": "flood"}
    if process.returncode < 0:
        return {"result": "signal", "signal": -process.returncode}
    given = b""
    outputs_file = os.path.join(work, "outputs")
    # A script may have removed it, or put there what never ends.
    if os.path.isfile(outputs_file):
        with open(outputs_file, "rb") as file:
            given = file.read(job["outputBytes"] + 1)
    return {"result": "exit", "code": process.returncode, "outputs": given.decode("utf-8", "replace")}


def carry_out(job, script, values):
    """Runs a script that was begun, and reports on it whatever happens: the portal waits for that."""
    work = process = None
    try:
        try:
            work = tempfile.mkdtemp(prefix="hook-", dir=folder)
            process, reader = start(job, script, values, work)
            note("a", " %d %s" % (process.pid, born(process.pid)))
            report = follow(job, process, reader, work)
        except Exception as error:
            message = str(error) or type(error).__name__
            if process is None:
                report = {"result": "not_started", "message": message}
            else:
                end_own(process)
                report = {"result": "interrupted", "message": message}
        if report is not None:
            call("/%s/end" % job["run"], json.dumps(report).encode(), PATIENT)
    finally:
        # Last: to remove much takes long, and nothing is said meanwhile.
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def note(how, text):
    """Keeps which script is under way, and as which process, for a runner after this one."""
    try:
        with open(begun_file, how) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # A full disk is no reason not to run it.
        pass


def born(pid):
    """When a process began; "" when there is none. Of two that had one number it tells which it is."""
    try:
        with open("/proc/%s/stat" % pid, "rb") as file:
            # Behind its name, which may hold anything.
            return file.read().rsplit(b")", 1)[1].split()[19].decode()
    except (OSError, IndexError):
        return ""


def forget():
    try:
        os.remove(begun_file)
    except OSError:
        pass


def tell_of_interrupted():
    """Ends and reports the script that a runner before this one began and did not see to its end."""
    try:
        with open(begun_file) as file:
            run, pid, since = (file.read().split() + ["", "", ""])[:3]
    except OSError:
        run = since = ""
    # It is no part of its runner and outlives it; tried again, it would run beside itself.
    if since and born(pid) == since:
        end_all(int(pid), lambda: born(pid) != since)
    if run:
        call("/%s/end" % run, json.dumps({"result": "interrupted"}).encode(), PATIENT)
    for name in os.listdir(folder):
        if name.startswith("hook-"):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    forget()


def take(job):
    run = job["run"]
    status, script = call("/%s/script" % run)
    if status != 200 or hashlib.sha256(script).hexdigest() != job["sha256"]:
        return False
    status, values = call("/%s/values" % run)
    if status != 200:
        return False
    note("w", run)
    # Only who begins it may run it, and only one can: a second runner is told no.
    if call("/%s/begin" % run, me.encode(), PATIENT, {"${heardHeader}": str(SILENCE)})[0] != 200:
        forget()
        return False
    carry_out(job, script, values)
    forget()
    return True


tell_of_interrupted()
tries = 120
while True:
    status, body = call("/next", None, tries)
    if 400 <= status < 500 and status != 429:
        break
    if status != 200:
        # Nothing answered for long. Whoever watches this process begins it again.
        sys.exit(1)
    # It goes when it is told to: a portal that is away for a while still has this node wait.
    tries = PATIENT
    job = json.loads(body.decode())
    if "run" not in job or not take(job):
        # Nodes that were booted together do not go on asking together.
        time.sleep(job.get("waitSeconds", 2) * random.uniform(0.75, 1.25))
# The work is done: another may come, while this one stays for what a script left running.
address.close()
`;
