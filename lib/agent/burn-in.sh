#!/bin/busybox sh
# burn-in.sh TEST SECONDS DIRECTORY: one test of a burn-in. Writes `result` (pass, warn, fail, not_run),
# `words` and `figures` (lines of name|value|unit) into the directory, and what it does to its output.
# No test writes to a drive. ROOT is empty on a node; our tests give a directory with programs and devices in
# it that stand for a node's.

PATH=$ROOT/bin:/bin:/sbin:/usr/bin:/usr/sbin:/usr/local/bin
TEST=$1
SECONDS_EACH=$2
OUT=$3

uptime_s() { awk '{ printf "%d", $1 }' /proc/uptime; }
figure() { echo "$1|$2|$3" >>"$OUT/figures"; }

# The first word of a test is its result, unless a worse one is said.
conclude() {
  echo "$2" >"$OUT/words"
  echo "$1" >"$OUT/result"
  exit 0
}

# --- CPU ---

# Arithmetic whose every digit depends on all before it, and a hash over all of them. IEEE 754 leaves
# no freedom in it, so every core of every machine comes to the same 64 digits.
calculate() {
  awk 'BEGIN { x = 0.4; s = 1; for (i = 1; i <= 20000; i++) { x = 3.99 * x * (1 - x); s = (s * 16807) % 2147483647; printf "%.15g %d %.15g\n", x, s, s / (x + i) } }' |
    sha256sum | cut -c 1-64
}
TRUE_SUM=7c127d548471da4c037c5a221c29f3911bbb90339d7eee261f88cce6b28dd317

# core NUMBER UNTIL: calculates until the time is up, once at least; leaves rounds and wrong ones.
core() {
  rounds=0
  wrong=0
  while :; do
    sum=$(calculate)
    rounds=$((rounds + 1))
    if [ "$sum" != "$TRUE_SUM" ]; then
      wrong=$((wrong + 1))
      echo "core $1, round $rounds: $sum"
    fi
    [ "$(uptime_s)" -lt "$2" ] || break
  done
  echo "$rounds $wrong" >"$OUT/core.$1"
}

cores() {
  for path in /sys/devices/system/cpu/cpu[0-9]*; do
    [ "$(cat "$path/online" 2>/dev/null || echo 1)" = 1 ] && echo "${path##*/cpu}"
  done
}

# How often any core was slowed down for its heat, since the start.
throttles() {
  cat /sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}

# The hottest that any sensor of the processors says, in whole degrees; nothing when there is none.
hottest() {
  for path in /sys/class/hwmon/*; do
    case "$(cat "$path/name" 2>/dev/null)" in coretemp | k10temp) cat "$path"/temp*_input 2>/dev/null ;; esac
  done | sort -n | tail -n 1 | awk '{ printf "%d", $1 / 1000 }'
}

# What the processors or the memory reported as broken, in lines of the kernel's log.
machine_checks() { dmesg | grep -c 'Hardware Error\|Machine check events logged'; }

test_cpu() {
  checks=$(machine_checks)
  throttled=$(throttles)
  until=$(($(uptime_s) + SECONDS_EACH))
  for number in $(cores); do
    taskset -c "$number" sh "$0" core "$number" "$OUT" "$until" &
  done
  wait
  cat "$OUT"/core.* >"$OUT/rounds"
  count=$(cores | wc -l)
  told=$(wc -l <"$OUT/rounds")
  rounds=$(awk '{ n += $1 } END { print n + 0 }' "$OUT/rounds")
  wrong=$(awk '{ n += $2 } END { print n + 0 }' "$OUT/rounds")
  figure cores "$told" ""
  figure rounds "$rounds" ""
  figure "wrong results" "$wrong" ""
  slowest=$(sort -n "$OUT/rounds" | awk 'NR == 1 { print $1 }')
  figure "rounds of the slowest core" "${slowest:-0}" ""
  figure temperature "$(hottest)" "°C"
  echo "$rounds rounds on $told of $count cores, $wrong wrong; slowest core $slowest rounds"
  [ "$told" -eq "$count" ] || conclude fail "$((count - told)) of $count cores did not come to an end"
  [ "$wrong" -eq 0 ] || conclude fail "$wrong of $rounds calculations came out wrong"
  new=$(($(machine_checks) - checks))
  [ "$new" -le 0 ] || conclude warn "the kernel logged $new machine checks"
  hot=$(($(throttles) - throttled))
  [ "$hot" -le 0 ] || conclude warn "cores were slowed down for their heat $hot times"
  conclude pass ""
}

# --- Memory ---

BLOCK=4194304

# blocks NUMBER COUNT: fills a part of memory with the pattern and reads it back; leaves wrong ones.
blocks() {
  file=/run/memory/$1
  rm -f "$file"
  at=0
  while [ "$at" -lt "$2" ]; do
    cat "$OUT/pattern" >>"$file" || break
    at=$((at + 1))
  done
  [ "$at" -eq "$2" ] || { echo "0 1" >"$OUT/part.$1" && echo "part $1: only $at of $2 blocks fit" && return; }
  wanted=$(cut -c 1-32 "$OUT/pattern.sum")
  at=0
  wrong=0
  while [ "$at" -lt "$2" ]; do
    sum=$(dd if="$file" bs=$BLOCK skip="$at" count=1 2>/dev/null | md5sum | cut -c 1-32)
    if [ "$sum" != "$wanted" ]; then
      wrong=$((wrong + 1))
      echo "part $1, block $at, bytes that differ:"
      dd if="$file" bs=$BLOCK skip="$at" count=1 2>/dev/null | cmp -l - "$OUT/pattern" | head -n 5
    fi
    at=$((at + 1))
  done
  echo "$2 $wrong" >"$OUT/part.$1"
}

# pattern NAME: a block of one byte over and over, or of noise that is new each time.
pattern() {
  case "$1" in
    noise) head -c $BLOCK /dev/urandom ;;
    zeros) head -c $BLOCK /dev/zero ;;
    ones) head -c $BLOCK /dev/zero | tr '\000' '\377' ;;
    0x55) head -c $BLOCK /dev/zero | tr '\000' '\125' ;;
    0xaa) head -c $BLOCK /dev/zero | tr '\000' '\252' ;;
  esac >"$OUT/pattern"
  md5sum <"$OUT/pattern" >"$OUT/pattern.sum"
}

# Up to 70 % of what is free, as much as can be filled and read back once in half of the time.
test_memory() {
  checks=$(machine_checks)
  count=$(cores | wc -l)
  free=$(awk '$1 == "MemAvailable:" { printf "%.0f", $2 * 1024 }' /proc/meminfo)
  wanted=$((free / 10 * 7))
  mkdir -p /run/memory
  mount -t tmpfs -o size=$((wanted + 16 * 1048576)) memory /run/memory || conclude fail "no memory could be had for the test"
  pattern zeros
  begun=$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)
  blocks 0 2
  took=$(($(awk '{ printf "%d", $1 * 1000 }' /proc/uptime) - begun))
  able=$((SECONDS_EACH * 1000 / (took + 1)))
  each=$((wanted / count / BLOCK))
  [ "$able" -ge "$each" ] || each=$able
  [ "$each" -gt 0 ] || each=1
  tested=$((each * count * BLOCK))
  figure "memory free" $((free / 1048576)) MiB
  figure "memory tested" $((tested / 1048576)) MiB
  until=$(($(uptime_s) + SECONDS_EACH))
  passes=0
  wrong=0
  while :; do
    for name in noise zeros ones 0x55 0xaa; do
      pattern "$name"
      for number in $(cores); do blocks "$number" "$each" & done
      wait
      bad=$(cat "$OUT"/part.* | awk '{ n += $2 } END { print n + 0 }')
      wrong=$((wrong + bad))
      passes=$((passes + 1))
      echo "pass $passes, $name: $bad blocks of 4 MiB wrong"
      [ "$(uptime_s)" -lt "$until" ] || break 2
    done
  done
  umount /run/memory
  figure passes "$passes" ""
  figure "wrong blocks" "$wrong" ""
  [ "$wrong" -eq 0 ] || conclude fail "$wrong blocks of 4 MiB were not read back as they were written"
  new=$(($(machine_checks) - checks))
  [ "$new" -le 0 ] || conclude warn "the kernel logged $new machine checks"
  conclude pass ""
}

# --- Drives ---

# drive NAME UNTIL: reads places spread over a drive until the time is up, the first and the last
# among them; leaves bytes, milliseconds and places that could not be read.
drive() {
  size=$(($(cat "/sys/block/$1/size") * 512))
  last=$((size / 1048576 - 1))
  [ "$last" -ge 0 ] || last=0
  places=0
  unread=0
  begun=$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)
  # Even parts of the drive first, then the middles between them, and so on.
  for at in $(awk -v last="$last" 'BEGIN {
      print 0; print last
      for (parts = 2; parts <= 4096; parts *= 2)
        for (i = 1; i < parts; i += 2) printf "%.0f\n", int(last * i / parts)
    }'); do
    if ! dd if="/dev/$1" of=/dev/null bs=1M skip="$at" count=1 iflag=direct 2>/dev/null &&
      ! dd if="/dev/$1" of=/dev/null bs=1M skip="$at" count=1 2>/dev/null; then
      unread=$((unread + 1))
      echo "$1: MiB $at cannot be read"
    fi
    places=$((places + 1))
    [ "$places" -lt 2 ] || [ "$(uptime_s)" -lt "$2" ] || break
  done
  took=$(($(awk '{ printf "%d", $1 * 1000 }' /proc/uptime) - begun))
  [ "$took" -gt 0 ] || took=1
  echo "$places $unread $((places * 1048576 / took / 1000))" >"$OUT/drive.$1"
  echo "$1: $places places of 1 MiB read, $unread failed, $((places * 1048576 / took / 1000)) MB/s"
}

test_disk() {
  [ -n "$DISKS" ] || conclude fail "no drive was found"
  until=$(($(uptime_s) + SECONDS_EACH))
  for name in $DISKS; do drive "$name" "$until" & done
  wait
  cat "$OUT"/drive.* >"$OUT/drives"
  figure drives "$(wc -l <"$OUT/drives")" ""
  figure "places read" "$(awk '{ n += $1 } END { print n + 0 }' "$OUT/drives")" ""
  figure "slowest drive" "$(awk '{ print $3 }' "$OUT/drives" | sort -n | head -n 1)" MB/s
  unread=$(awk '{ n += $2 } END { print n + 0 }' "$OUT/drives")
  figure "places unread" "$unread" ""
  [ "$unread" -eq 0 ] || conclude fail "$unread places could not be read: $(grep -h 'cannot be read' "$OUT/log" | cut -d : -f 1 | sort -u | tr '\n' ' ')"
  conclude pass ""
}

# What NVMe drives and, with smartctl, those of SATA and SAS say of their own health.
test_drive_health() {
  asked=0
  bad=
  worn=
  mute=
  for name in $DISKS; do
    case "$name" in
      nvme*)
        if ! nvme smart-log "/dev/$name" >"$OUT/smart" 2>&1; then
          mute="$mute $name"
          continue
        fi
        ;;
      sd*)
        code=7
        if type smartctl >/dev/null 2>&1; then
          smartctl -H -A "/dev/$name" >"$OUT/smart" 2>&1
          code=$?
        fi
        # Of the bits of its answer the lowest three say that the drive could not be asked, the next
        # that it is failing; the others tell of its past.
        if [ $((code & 8)) -ne 0 ]; then
          bad="$bad $name"
        elif [ $((code & 7)) -ne 0 ]; then
          mute="$mute $name"
          continue
        fi
        ;;
      *)
        mute="$mute $name"
        continue
        ;;
    esac
    asked=$((asked + 1))
    echo "--- $name"
    cat "$OUT/smart"
    value() { sed -n "s/^$1[^:]*: *\([0-9a-fx]*\).*/\1/p" "$OUT/smart" | head -n 1; }
    case "$name" in
      nvme*)
        [ "$(value critical_warning)" = 0 ] || bad="$bad $name"
        [ "$(value percentage_used)" -lt 100 ] 2>/dev/null || worn="$worn $name"
        [ "$(value media_errors)" = 0 ] || worn="$worn $name"
        ;;
    esac
  done
  [ "$asked" -gt 0 ] || conclude not_run "no drive here can be asked for its health:$mute"
  figure "drives asked" "$asked" ""
  [ -z "$bad" ] || conclude fail "drives that say they are failing:$bad"
  [ -z "$worn" ] || conclude warn "drives that are worn out or have media errors:$worn"
  [ -z "$mute" ] || conclude pass "not asked:$mute"
  conclude pass ""
}

# --- GPUs ---

# gpus [VENDOR]: how many 3D controllers and accelerators, and displays of those two makers who make GPUs; or how
# many of them are of one maker.
gpus() {
  for path in "$ROOT"/sys/bus/pci/devices/*; do
    vendor=$(cat "$path/vendor" 2>/dev/null)
    [ -z "${1:-}" ] || [ "$vendor" = "$1" ] || continue
    case "$(cat "$path/class" 2>/dev/null) $vendor" in
      0x0302* | 0x12* | 0x0300*0x10de | 0x0300*0x1002 | 0x0380*0x1002) echo "${path##*/}" ;;
    esac
  done | wc -l
}

# tests_told RESULT: the tests that dcgmi's table, or a line of a GPU below one, gives this result.
tests_told() {
  awk -F '|' -v result="$1" '
    NF >= 3 { name = $2; told = $3; gsub(/^[ -]+|[ -]+$/, "", name); sub(/^ +/, "", told) }
    NF >= 3 && name != "" { test = name }
    NF >= 3 && (told ~ "^(GPU ?[0-9]+: )?" result "( |$)") && !(test in seen) { seen[test]; print test }' "$OUT/diag"
}

# Its code is 0 also when tests were skipped or warned, and when nothing at all was tested: the table is read.
test_gpu() {
  count=$(gpus)
  [ "$count" -gt 0 ] || conclude not_run "there is no GPU on the PCI bus"
  type dcgmi >/dev/null 2>&1 || conclude not_run "dcgmi is not in this ramdisk"
  figure GPUs "$count" ""
  if type nvidia-smi >/dev/null 2>&1; then
    nvidia-smi -L >"$OUT/answering" 2>&1
    cat "$OUT/answering"
    answering=$(grep -c '^GPU [0-9]' "$OUT/answering")
    figure "GPUs that answer" "$answering" ""
    ours=$(gpus 0x10de)
    [ "$answering" -eq "$ours" ] || conclude fail "the driver answers for $answering of $ours GPUs"
  fi
  if type nv-hostengine >/dev/null 2>&1; then nv-hostengine || true; fi
  dcgmi diag -r 2 >"$OUT/diag" 2>&1
  code=$?
  cat "$OUT/diag"
  failed=$(tests_told Fail)
  passed=$(tests_told Pass | wc -l)
  figure "tests passed" "$passed" ""
  figure "tests skipped" "$(tests_told Skip | wc -l)" ""
  [ -z "$failed" ] || conclude fail "dcgmi diag: failed: $(list "$failed")"
  [ "$code" -eq 0 ] || conclude fail "dcgmi diag ended with $code"
  [ "$passed" -gt 0 ] || conclude fail "dcgmi diag tells of no test that passed"
  warned=$(tests_told Warn)
  [ -z "$warned" ] || conclude warn "dcgmi diag: warnings: $(list "$warned")"
  conclude pass ""
}

# Lines as one, with commas.
list() { echo "$1" | awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $0 }'; }

# --- Fabric ---

# The InfiniBand ports, as DEVICE/ports/NUMBER. The same adapters may speak Ethernet.
infiniband_ports() {
  for path in "$ROOT"/sys/class/infiniband/*/ports/*; do
    [ "$(cat "$path/link_layer" 2>/dev/null)" = InfiniBand ] && echo "${path#"$ROOT/sys/class/infiniband/"}"
  done
}

# What a port says of itself: `ACTIVE` of `4: ACTIVE`.
port_state() { cut -d ' ' -f 2 <"$ROOT/sys/class/infiniband/$1/state"; }

ports_active() {
  for port in $ports; do [ "$(port_state "$port")" != ACTIVE ] || echo "$port"; done | wc -l
}

# Errors that a link without a fault does not have, idle or busy, a line for each port and counter: the kernel
# asks the port for them (Documentation/ABI/stable/sysfs-class-infiniband), as perfquery does.
port_errors() {
  for port in $ports; do
    for name in symbol_error link_error_recovery link_downed port_rcv_errors local_link_integrity_errors; do
      echo "$port $name $(cat "$ROOT/sys/class/infiniband/$port/counters/$name" 2>/dev/null)"
    done
  done
}

# Ports come up while a subnet manager finds them: a minute is enough for that. What their links counted before
# may be of that, and of times before this test; what they count in it is a fault.
watch_ports() {
  waited=0
  while [ "$(ports_active)" -lt "$(echo "$ports" | wc -l)" ] && [ "$waited" -lt "${PORT_WAIT:-60}" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  port_errors >"$OUT/errors.before"
  until=$(($(uptime_s) + SECONDS_EACH))
}

# Waits for the end of the time and holds the ports against how they were.
judge_ports() {
  while [ "$(uptime_s)" -lt "$until" ]; do sleep 1; done
  port_errors >"$OUT/errors.after"
  for port in $ports; do
    echo "$port: $(port_state "$port"), $(cat "$ROOT/sys/class/infiniband/$port/rate")"
  done
  cat "$OUT/errors.after"
  new=$(awk 'NR == FNR { before[$1, $2] = $3; next } $3 > before[$1, $2] {
    split($1, port, "/"); print port[1] " port " port[3] " " $2 " " $3 - before[$1, $2]
  }' "$OUT/errors.before" "$OUT/errors.after")
  active=$(ports_active)
  figure "InfiniBand ports" "$(echo "$ports" | wc -l)" ""
  figure "InfiniBand ports active" "$active" ""
  figure "new link errors" "$(echo "$new" | awk '{ n += $NF } END { print n + 0 }')" ""
  [ -z "$new" ] || conclude fail "links counted errors: $(list "$new")"
  inactive=
  for port in $ports; do
    [ "$(port_state "$port")" = ACTIVE ] || inactive="$inactive ${port%%/*} port ${port##*/} ($(port_state "$port"))"
  done
}

# The ports of the node, watched while its GPUs talk to one another.
test_fabric() {
  count=$(gpus)
  ports=$(infiniband_ports)
  missing=
  inactive=
  [ "$count" -gt 1 ] || missing="there are fewer than two GPUs"
  [ -n "$missing" ] || type all_reduce_perf >/dev/null 2>&1 ||
    missing="all_reduce_perf of nccl-tests is not in this ramdisk"
  [ -n "$ports" ] || [ -z "$missing" ] || conclude not_run "$missing"
  [ -z "$ports" ] || watch_ports
  if [ -z "$missing" ]; then
    all_reduce_perf -b 8M -e 1G -f 2 -g "$count" >"$OUT/nccl" 2>&1
    code=$?
    cat "$OUT/nccl"
    [ "$code" -eq 0 ] || conclude fail "all_reduce_perf ended with $code"
    grep -q 'Out of bounds values : 0 OK' "$OUT/nccl" || conclude fail "all_reduce_perf did not end with good values"
    figure "bus bandwidth" "$(sed -n 's/.*Avg bus bandwidth *: *\([0-9.]*\).*/\1/p' "$OUT/nccl")" GB/s
  fi
  [ -z "$ports" ] || judge_ports
  # GPUs whose links nobody tested are not tested, whatever the ports are like.
  [ -z "$missing" ] || [ "$count" -lt 2 ] || conclude not_run "$missing"
  [ -z "$inactive" ] || conclude warn "ports that are not active:$inactive"
  conclude pass ""
}

# A core is begun by the test of all of them, pinned to its place.
if [ "$TEST" = core ]; then
  core "$2" "$4"
else
  "test_$TEST"
fi
