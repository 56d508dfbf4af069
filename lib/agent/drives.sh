# What the ramdisk knows of drives, and how it wipes them: read by init. ROOT is empty on a node; our tests give a
# directory with programs and drives in it that stand for a node's.

# --- What there is ---

# The names of all disks: nothing that is removable by nature or made of other disks.
list_disks() {
  for path in "$ROOT"/sys/block/*; do
    name=${path##*/}
    case "$name" in
      loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd*) continue ;;
    esac
    # An empty card reader is no disk. The hidden paths of a multipath NVMe drive have no node.
    [ "$(cat "$path/size")" -gt 0 ] && [ -b "$ROOT/dev/$name" ] && echo "$name"
  done
}

size_of() { echo $(($(cat "$ROOT/sys/block/$1/size") * 512)); }

kind_of() {
  case "$1" in
    nvme*) echo nvme ;;
    vd*) echo virtio ;;
    *) case "$(cat "$ROOT/sys/block/$1/device/vendor" 2>/dev/null)" in ATA*) echo sata ;; *) echo scsi ;; esac ;;
  esac
}

serial_of() {
  for file in "$ROOT/sys/block/$1/serial" "$ROOT/sys/block/$1/device/serial"; do
    [ -s "$file" ] && plain 128 <"$file" && return
  done
  # SCSI and SATA: the unit serial number page, behind a header of four bytes.
  dd if="$ROOT/sys/block/$1/device/vpd_pg80" bs=1 skip=4 2>/dev/null | plain 128
}

# --- Wipe ---

# Places on a disk of $1 bytes, in units of 64 KiB: one for each MiB, 128 at most, spread evenly with
# the first and the last included.
samples() {
  awk -v size="$1" 'BEGIN {
    last = int(size / 65536) - 1; if (last < 0) last = 0
    count = int(size / 1048576); if (count > 128) count = 128; if (count < 2) count = 2
    before = -1
    for (i = 0; i < count; i++) {
      at = int(last * i / (count - 1))
      if (at != before) printf "%.0f\n", at
      before = at
    }
  }'
}

# Writes noise where `is_zero` will look. Data may lie anywhere on a disk, and a discard may do
# nothing at all (qemu ignores it when told to, and drives may): that a disk reads as zeros in some
# places says something only when there was something else before.
mark() {
  for at in $(samples "$2"); do
    dd if="$ROOT/run/noise" of="$ROOT/dev/$1" bs=64k seek="$at" count=1 conv=notrunc oflag=direct 2>/dev/null ||
      dd if="$ROOT/run/noise" of="$ROOT/dev/$1" bs=512 seek=$((at * 128)) count=128 conv=notrunc,fsync 2>/dev/null || return 1
  done
}

# True when every marked place was read from the medium, and not from memory, and reads as $3 says:
# `zeros`, or `changed`: what a drive shows after it threw its key away is its own affair, but it is
# not the noise any more.
reads_as() {
  sync
  blockdev --flushbufs "$ROOT/dev/$1"
  for at in $(samples "$2"); do
    bytes=$(($2 - at * 65536))
    [ "$bytes" -gt 65536 ] && bytes=65536
    dd if="$ROOT/dev/$1" of="$ROOT/run/sample.$1" bs=64k skip="$at" count=1 2>/dev/null
    [ "$(stat -c %s "$ROOT/run/sample.$1")" -ge "$bytes" ] || return 1
    case "$3" in
      zeros) cmp -s -n "$bytes" "$ROOT/run/sample.$1" /dev/zero || return 1 ;;
      changed) cmp -s -n "$bytes" "$ROOT/run/sample.$1" "$ROOT/run/noise" && return 1 ;;
    esac
  done
  return 0
}

# Writes zeros over all of a disk, past the page cache, telling every tenth. Fails at the first
# block that cannot be written: reading here and there would not find it.
overwrite() {
  blocks=$(($2 / 4194304))
  part=$(((blocks + 9) / 10))
  at=0
  while [ "$at" -lt "$blocks" ]; do
    progress "$1" $((at * 100 / blocks)) "overwriting with zeros"
    [ $((at + part)) -gt "$blocks" ] && part=$((blocks - at))
    dd if=/dev/zero of="$ROOT/dev/$1" bs=4M seek="$at" count="$part" conv=notrunc oflag=direct 2>/dev/null || return 1
    at=$((at + part))
  done
  rest=$((($2 - blocks * 4194304) / 512))
  [ "$rest" -eq 0 ] || dd if=/dev/zero of="$ROOT/dev/$1" bs=512 seek=$((blocks * 8192)) count="$rest" conv=notrunc,fsync 2>/dev/null
}

# The NVMe controller of a namespace: `nvme0` of `nvme0n1`, under whatever name multipath gives it.
controller_of() {
  at=$(readlink -f "$ROOT/sys/block/$1/device")
  case "${at##*/}" in
    nvme-subsys*) for at in "$at"/nvme*; do case "${at##*/}" in nvme*n*) ;; *) break ;; esac done ;;
  esac
  echo "${at##*/}"
}

# A field of what the controller says of itself, as a number.
nvme_field() { echo $(($(nvme id-ctrl "$ROOT/dev/$1" 2>/dev/null | awk -v name="$2" '$1 == name { print $3; exit }'))); }

# How long a method may take, in seconds: it is to end before the portal's patience does, which is four hours as a
# rule, so that what was tried is told.
METHOD_LIMIT=${METHOD_LIMIT:-10800}

# The log of a drive's sanitizing has it as `Sanitize Status (SSTAT) : 0x101`: a field of it, as it stands there.
sanitize_field() { sed -n "s/.*($2)[^0-9]*\(0x[0-9a-fA-F]*\|[0-9]*\).*/\1/p" "$ROOT/run/sanitize.$1"; }

# nvme_sanitize DISK ACTION: starts it and waits until the drive says that it is done.
nvme_sanitize() {
  controller=$(controller_of "$1")
  nvme sanitize "$ROOT/dev/$controller" --sanact="$2" >/dev/null 2>&1 || return 1
  waited=0
  mute=0
  told=
  while [ "$waited" -lt "$METHOD_LIMIT" ]; do
    sleep 2
    waited=$((waited + 2))
    timeout 60 nvme sanitize-log "$ROOT/dev/$controller" >"$ROOT/run/sanitize.$1" 2>/dev/null
    state=$(sanitize_field "$1" SSTAT)
    if [ -z "$state" ]; then
      # A controller may be away for a moment when it begins or ends.
      mute=$((mute + 1))
      [ "$mute" -lt 5 ] || return 1
      continue
    fi
    mute=0
    # The low three bits: 1 and 4 done, 2 under way, 3 failed (NVM Express 2.0, figure 303).
    case $((state & 7)) in
      1 | 4) return 0 ;;
      2)
        reached=$(sanitize_field "$1" SPROG)
        percent=$((${reached:-0} * 100 / 65536))
        [ "$percent" = "$told" ] || progress "$1" "$percent" "the drive sanitizes itself"
        told=$percent
        ;;
      *) return 1 ;;
    esac
  done
  return 1
}

# telling DISK COMMAND...: runs what takes a drive its time, tells every minute that it is at it, and gives its
# code. What does not end in time is left behind: a drive that answers nothing cannot be killed either.
telling() {
  at_work=$1
  shift
  "$@" >/dev/null 2>&1 &
  working=$!
  waited=0
  while kill -0 "$working" 2>/dev/null; do
    [ "$waited" -lt "$METHOD_LIMIT" ] || { kill -9 "$working" 2>/dev/null && return 1; }
    sleep 1
    waited=$((waited + 1))
    [ $((waited % 60)) -ne 0 ] || progress "$at_work" 50 "the drive erases itself, for $((waited / 60)) min"
  done
  wait "$working"
}

# ata_says DISK LINE: whether a line of what a SATA drive says of its security is this, as `not frozen`.
ata_says() {
  hdparm -I "$ROOT/dev/$1" 2>/dev/null | sed -n '/^Security:/,/^[^[:space:]]/p' |
    sed 's/[[:space:]][[:space:]]*/ /g; s/^ //; s/ $//' | grep -qx "$2"
}

# A drive is erased by the password that locks it: it is set for that, and gone when the drive is done. No secret:
# what it locks is to be erased. Without an end it is taken back, for at its next power-on the drive would be locked.
ATA_PASSWORD=ingot
ata_order() { hdparm --user-master u "$2" "$ATA_PASSWORD" "$ROOT/dev/$1" >/dev/null 2>&1; }
ata_secure_erase() {
  ata_order "$1" --security-set-pass || return 1
  telling "$1" hdparm --user-master u --security-erase-enhanced "$ATA_PASSWORD" "$ROOT/dev/$1" && return 0
  ata_order "$1" --security-disable
  return 1
}

# Opens a drive that lost its power in the middle of an earlier wipe, and would take no order now.
ata_reclaim() {
  ata_says "$1" enabled || return 0
  ata_says "$1" locked && ata_order "$1" --security-unlock
  ata_order "$1" --security-disable
}

# scsi_sanitize DISK METHOD: the drive's own program waits for its end. Codes 5 and 9 say that the drive does not
# know the order (sg3_utils(8), EXIT STATUS), which is told as 3.
scsi_sanitize() {
  telling "$1" sg_sanitize --quick "$2" "$ROOT/dev/$1"
  case $? in
    0) return 0 ;;
    5 | 9) return 3 ;;
    *) return 1 ;;
  esac
}

# Whether a disk says that it offers a method; 2 when it would, and the firmware of its host froze it. What is not
# asked about is tried.
offers() {
  case "$2" in
    "nvme "*)
      controller=$(controller_of "$1")
      # These act on all namespaces of a drive, each of which is wiped beside the others here.
      [ "$(ls -d "$ROOT"/sys/block/"$controller"n* | wc -l)" -eq 1 ] || return 1
      case "$2" in
        "nvme sanitize, crypto erase") [ $(($(nvme_field "$controller" sanicap) & 1)) -ne 0 ] ;;
        "nvme sanitize, block erase") [ $(($(nvme_field "$controller" sanicap) & 2)) -ne 0 ] ;;
        "nvme format, crypto erase") [ $(($(nvme_field "$controller" oacs) & 2)) -ne 0 ] &&
          [ $(($(nvme_field "$controller" fna) & 4)) -ne 0 ] ;;
        "nvme format, user data erase") [ $(($(nvme_field "$controller" oacs) & 2)) -ne 0 ] ;;
      esac
      ;;
    "ata enhanced secure erase")
      ata_says "$1" "supported: enhanced erase" || return 1
      ata_says "$1" "not frozen" || return 2
      ;;
    "secure discard" | discard) [ "$(cat "$ROOT/sys/block/$1/queue/discard_max_bytes")" -gt 0 ] ;;
  esac
}

# One method on one disk; 3 when it turns out that the disk does not know it.
erase() {
  progress "$1" 0 "$3"
  case "$3" in
    "nvme sanitize, crypto erase") nvme_sanitize "$1" 4 ;;
    "nvme sanitize, block erase") nvme_sanitize "$1" 2 ;;
    "nvme format, crypto erase") nvme format "$ROOT/dev/$1" --ses=2 --force >/dev/null 2>&1 ;;
    "nvme format, user data erase") nvme format "$ROOT/dev/$1" --ses=1 --force >/dev/null 2>&1 ;;
    "ata enhanced secure erase") ata_secure_erase "$1" ;;
    "scsi sanitize, crypto erase") scsi_sanitize "$1" --crypto ;;
    "scsi sanitize, block erase") scsi_sanitize "$1" --block ;;
    "secure discard") blkdiscard -s "$ROOT/dev/$1" 2>/dev/null ;;
    discard) blkdiscard "$ROOT/dev/$1" 2>/dev/null ;;
    overwrite) overwrite "$1" "$2" ;;
  esac
}

# The methods for a disk, the surest first, one a line: what is tried, what it makes of the data in
# the words of NIST SP 800-88, and how the disk must read after it. A format and ATA's secure erase count
# as a clear, as IEEE 2883 has it, though NIST's first edition let them pass for a purge.
methods_of() {
  case "$(kind_of "$1")" in
    nvme)
      echo "nvme sanitize, crypto erase|purge|changed"
      echo "nvme sanitize, block erase|purge|changed"
      echo "nvme format, crypto erase|clear|changed"
      echo "nvme format, user data erase|clear|changed"
      ;;
    sata) echo "ata enhanced secure erase|clear|changed" ;;
    scsi)
      echo "scsi sanitize, crypto erase|purge|changed"
      echo "scsi sanitize, block erase|purge|changed"
      ;;
  esac
  echo "secure discard|clear|zeros"
  echo "discard|clear|zeros"
  echo "overwrite|clear|zeros"
}

# Wipes one disk and prints its part of the report. What a drive promises is not believed: a method
# counts when the noise of before is gone, else the next one is tried. What was tried is told.
wipe_disk() {
  disk=$1
  size=$(size_of "$disk")
  model=$(cat "$ROOT/sys/block/$disk/device/model" 2>/dev/null | plain)
  started=$(uptime_ms)
  result=failed
  method=none
  level=none
  tried=
  message="it cannot be written"
  [ "$(kind_of "$disk")" != sata ] || ata_reclaim "$disk"
  IFS='
'
  if mark "$disk" "$size"; then
    for line in $(methods_of "$disk"); do
      IFS='|' read -r method level expected <<END
$line
END
      outcome=failed
      offers "$disk" "$method"
      case $? in
        0)
          erase "$disk" "$size" "$method"
          case $? in
            0)
              outcome="not verified"
              reads_as "$disk" "$size" "$expected" && outcome=done
              ;;
            3) outcome="not offered" ;;
          esac
          ;;
        2) outcome=frozen ;;
        *) outcome="not offered" ;;
      esac
      tried="$tried${tried:+,}{\"method\":\"$method\",\"outcome\":\"$outcome\"}"
      message="$method: $outcome"
      [ "$outcome" = done ] && result=wiped && message= && break
    done
  fi
  unset IFS
  [ "$result" = wiped ] || level=none
  say "$disk: $result (${message:-$method})" >&2
  printf '{"kind":"%s","serial":"%s","model":"%s","sizeBytes":%s,"method":"%s","level":"%s","samplesRead":%s,"tried":[%s],"result":"%s","durationMs":%s%s}' \
    "$(kind_of "$disk")" "$(serial_of "$disk")" "$model" "$size" "$method" "$level" \
    "$([ "$result" = wiped ] && samples "$size" | wc -l || echo 0)" "$tried" "$result" \
    $(($(uptime_ms) - started)) "${message:+,\"message\":\"$message\"}"
}

wipe() {
  settle_disks
  disks=$(list_disks)
  jobs=
  progress started 0 "found: $(echo ${disks:-no disk})"
  head -c 65536 /dev/urandom >"$ROOT/run/noise"
  # All at once: a node may hold a dozen drives, and each takes its time.
  for name in $disks; do
    wipe_disk "$name" >"$ROOT/run/wiped.$name" &
    jobs="$jobs $!"
  done
  for job in $jobs; do wait "$job"; done
  lines=
  for name in $disks; do
    lines="$lines${lines:+,}$(cat "$ROOT/run/wiped.$name")"
  done
  progress finished 100 "wiped: $(echo ${disks:-nothing})"
  post "$JOB_URL/report" "{\"tool\":\"$TOOL\",\"devices\":[$lines]}" || say "the report was not taken"
  poweroff -f
}

