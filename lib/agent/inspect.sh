# What the host is made of, as it sees it itself, and the tests of a burn-in: read by init for
#
#   ingot.inspect=URL     report to URL/progress, URL/log and URL/report, power off; with
#                         ingot.burn=SECONDS each test lasts so long, without it nothing is tested
#
# Nothing is ever written to a drive here. Programs that the ramdisk does not carry (nvidia-smi, dcgmi,
# all_reduce_perf) are used when whoever made the ramdisk put them in, and are said to be missing else. ROOT is
# empty on a node, as in burn-in.sh.

PATH=$ROOT/bin:/bin:/sbin:/usr/bin:/usr/sbin:/usr/local/bin

# --- JSON ---

# What comes in as a JSON string, or null when that is nothing.
text() {
  value=$(plain 200)
  if [ -n "$value" ]; then printf '"%s"' "$value"; else printf null; fi
}

# A whole number, or null for anything else.
number() {
  case "$1" in
    '' | *[!0-9]*) printf null ;;
    *) printf '%d' "$(echo "$1" | sed 's/^0*\(.\)/\1/')" ;;
  esac
}

# What a file of sysfs says, as a string or as a number.
text_of() { cat "$1" 2>/dev/null | text; }
number_of() { number "$(cat "$1" 2>/dev/null)"; }

# Joins objects, one a line, to a JSON array.
array() { awk 'BEGIN { printf "[" } { printf "%s%s", (NR > 1 ? "," : ""), $0 } END { printf "]" }'; }

# --- Facts ---

dmi() { text_of "/sys/class/dmi/id/$1"; }

cpu_facts() {
  awk -F '[\t]*: *' '
    $1 == "processor" { threads++ }
    $1 == "physical id" { package = $2; if (!(package in packages)) { packages[package]; sockets++ } }
    $1 == "core id" { if (!((package, $2) in cores)) { cores[package, $2]; count++ } }
    END { print sockets, count, threads }' /proc/cpuinfo >/run/cpu
  read -r sockets cores threads </run/cpu
  printf '{"model":%s,"sockets":%s,"cores":%s,"threads":%s}' \
    "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1 | text)" \
    "$(number "$sockets")" "$(number "$cores")" "$(number "$threads")"
}

# The memory modules of the firmware's tables (SMBIOS type 17); empty slots are left out.
memory_modules() {
  dmidecode -t 17 >/run/dimms 2>/dev/null || { printf null && return; }
  awk -F ': *' '
    function flush() { if (size != "") print slot "|" size "|" serial "|" part "|" speed; size = "" }
    /^Memory Device/ { flush(); slot = serial = part = speed = "" }
    { sub(/^[ \t]+/, "", $1) }
    $1 == "Size" && $2 ~ /^[0-9]+ [GM]B$/ { split($2, n, " "); size = n[1] * (n[2] == "GB" ? 1024 : 1) }
    $1 == "Locator" { slot = $2 }
    $1 == "Serial Number" { serial = $2 }
    $1 == "Part Number" { part = $2 }
    $1 == "Speed" && $2 ~ /^[0-9]+ MT/ { speed = $2 + 0 }
    END { flush() }' /run/dimms |
    while IFS='|' read -r slot size serial part speed; do
      for name in serial part; do
        eval "value=\$$name"
        case "$value" in "Not Specified" | Unknown | NO\ DIMM) eval "$name=" ;; esac
      done
      printf '{"slot":"%s","sizeMib":%s,"serial":%s,"partNumber":%s,"speedMhz":%s}\n' \
        "$(echo "$slot" | plain)" "$(number "$size")" "$(echo "$serial" | text)" \
        "$(echo "$part" | text)" "$(number "$speed")"
    done | array
}

drive_facts() {
  for name in $(list_disks); do
    case "$(cat "/sys/block/$name/queue/rotational" 2>/dev/null)" in
      1) rotational=true ;;
      0) rotational=false ;;
      *) rotational=null ;;
    esac
    printf '{"name":"%s","model":%s,"serial":%s,"sizeBytes":%s,"rotational":%s}\n' "$name" \
      "$(text_of "/sys/block/$name/device/model")" "$(serial_of "$name" | text)" \
      "$(size_of "$name")" "$rotational"
  done | array
}

# Ethernet ports that are hardware (type 1 is ARPHRD_ETHER).
nic_facts() {
  for path in /sys/class/net/*; do
    [ -e "$path/device" ] && [ "$(cat "$path/type")" = 1 ] || continue
    case "$(cat "$path/carrier" 2>/dev/null)" in
      1) up=true ;;
      0) up=false ;;
      *) up=null ;;
    esac
    driver=$(readlink "$path/device/driver")
    printf '{"name":"%s","mac":%s,"driver":%s,"speedMbps":%s,"linkUp":%s}\n' "${path##*/}" \
      "$(text_of "$path/address")" "$(echo "${driver##*/}" | text)" "$(number_of "$path/speed")" "$up"
  done | array
}

infiniband_facts() {
  for path in /sys/class/infiniband/*/ports/*; do
    [ -e "$path/state" ] && [ "$(cat "$path/link_layer" 2>/dev/null)" != Ethernet ] || continue
    device=${path#/sys/class/infiniband/}
    # The last half of the port's first address is its GUID.
    guid=$(cut -d : -f 5-8 <"$path/gids/0" 2>/dev/null | tr -d :)
    printf '{"device":"%s","port":%s,"guid":%s,"rate":%s,"state":%s}\n' "${device%%/*}" \
      "$(number "${path##*/}")" "$(echo "$guid" | text)" "$(text_of "$path/rate")" \
      "$(sed 's/^[0-9]*: *//' "$path/state" | text)"
  done | array
}

# A host has hundreds of PCI devices, so nothing is started for any of their fields: each of these
# leaves what it read in `it`, as JSON.
hex_of() {
  it=
  [ -r "$1" ] && read -r it <"$1"
  it=${it#0x}
  case "$it" in '' | *[!0-9a-f]*) it=null ;; *) it="\"$it\"" ;; esac
}
speed_of() {
  it=
  [ -r "$1" ] && read -r it <"$1"
  case "$it" in '' | *[!A-Za-z0-9\ ./]*) it=null ;; *) it="\"$it\"" ;; esac
}
# 0 and 255 are what a link says that is down or unknown.
lanes_of() {
  it=
  [ -r "$1" ] && read -r it <"$1"
  case "$it" in '' | 0 | 255 | *[!0-9]*) it=null ;; esac
}

# Everything but bridges (class 06).
pci_facts() {
  for path in /sys/bus/pci/devices/*; do
    hex_of "$path/class"
    case "$it" in '"06'* | null) continue ;; esac
    printf '{"address":"%s","classId":%s' "${path##*/}" "$it"
    hex_of "$path/vendor" && printf ',"vendorId":%s' "$it"
    hex_of "$path/device" && printf ',"deviceId":%s' "$it"
    lanes_of "$path/current_link_width" && printf ',"width":%s' "$it"
    lanes_of "$path/max_link_width" && printf ',"maxWidth":%s' "$it"
    speed_of "$path/current_link_speed" && printf ',"speed":%s' "$it"
    speed_of "$path/max_link_speed" && printf ',"maxSpeed":%s}\n' "$it"
  done | array
}

gpu_facts() {
  if ! type nvidia-smi >/dev/null 2>&1; then printf null && return; fi
  timeout 120 nvidia-smi --query-gpu=name,serial,uuid,memory.total --format=csv,noheader,nounits \
    >"$ROOT/run/gpus" 2>>"$ROOT/run/log" || { printf null && return; }
  timeout 120 nvidia-smi -q 2>>"$ROOT/run/log" | gpu_clusters >"$ROOT/run/clusters"
  while IFS=, read -r model serial uuid memory; do
    cluster=$(sed -n "s/^$(echo "$uuid" | tr -cd 'A-Za-z0-9-') //p" "$ROOT/run/clusters")
    printf '{"model":%s,"serial":%s,"uuid":%s,"memoryMib":%s,"cluster":%s}\n' "$(echo "$model" | text)" \
      "$(echo "$serial" | text)" "$(echo "$uuid" | text)" \
      "$(number "$(echo "$memory" | tr -d ' ')")" "${cluster:-null}"
  done <"$ROOT/run/gpus" | array
}

# `UUID {…}` of each GPU that has joined an NVLink domain, of nvidia-smi -q: a section of each GPU's, which ends
# where less is indented. Older drivers cannot be asked for these by name. Status counts, since a state of Completed
# is also said of what failed, with an identifier of noughts.
gpu_clusters() {
  awk -F ' *: *' '
    { match($0, /^ */); depth = RLENGTH; sub(/^ +/, "", $1) }
    depth <= within { within = 0 }
    $1 == "GPU UUID" { gpu = $2 }
    $1 == "Fabric" { within = depth; state = status = clique = "" }
    !within { next }
    $1 == "State" && state == "" { state = $2 }
    $1 == "Status" && status == "" { status = $2 }
    $1 == "CliqueId" && $2 ~ /^[0-9]+$/ { clique = $2 }
    $1 == "ClusterUUID" && $2 ~ /^[0-9a-fA-F-]+$/ && $2 ~ /[1-9a-fA-F]/ {
      if (state == "Completed" && status == "Success" && clique != "")
        printf "%s {\"uuid\":\"%s\",\"clique\":%s}\n", gpu, $2, clique
    }'
}

tpm_fact() {
  if [ -e /sys/class/tpm/tpm0 ] || [ -e /sys/firmware/acpi/tables/TPM2 ] || [ -e /sys/firmware/acpi/tables/TCPA ]; then
    printf true
  elif [ -d /sys/firmware/acpi/tables ]; then
    printf false
  else
    printf null
  fi
}

# The fifth byte of the variable: four are its attributes.
secure_boot_fact() {
  mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null
  for file in /sys/firmware/efi/efivars/SecureBoot-*; do
    [ -e "$file" ] || continue
    case "$(dd if="$file" bs=1 skip=4 count=1 2>/dev/null | hexdump -e '1/1 "%d"')" in
      1) printf true && return ;;
      0) printf false && return ;;
    esac
  done
  printf null
}

facts() {
  firmware=bios
  [ -d /sys/firmware/efi ] && firmware=uefi
  printf '{"kernel":%s,"firmware":"%s","system":{"manufacturer":%s,"model":%s,"serial":%s,"uuid":%s,"boardSerial":%s,"biosVendor":%s,"biosVersion":%s,"biosDate":%s}' \
    "$(uname -r | text)" "$firmware" "$(dmi sys_vendor)" "$(dmi product_name)" \
    "$(dmi product_serial)" "$(dmi product_uuid)" "$(dmi board_serial)" "$(dmi bios_vendor)" \
    "$(dmi bios_version)" "$(dmi bios_date)"
  printf ',"cpu":%s' "$(cpu_facts)"
  total=$(awk '$1 == "MemTotal:" { printf "%d", $2 / 1024 }' /proc/meminfo)
  printf ',"memory":{"totalMib":%s,"modules":%s}' "$(number "$total")" "$(memory_modules)"
  printf ',"drives":%s,"nics":%s,"infiniband":%s' "$(drive_facts)" "$(nic_facts)" "$(infiniband_facts)"
  printf ',"pci":%s,"gpus":%s' "$(pci_facts)" "$(gpu_facts)"
  printf ',"tpm":%s,"secureBoot":%s}' "$(tpm_fact)" "$(secure_boot_fact)"
}

# --- Burn-in ---

uptime_s() { awk '{ printf "%d", $1 }' /proc/uptime; }

# run_test NAME LIMIT: a test in a session of its own, so that one that hangs can be ended with all
# that it began. Prints its part of the report.
run_test() {
  at=$ROOT/run/burn/$1
  mkdir -p "$at"
  begun=$(uptime_s)
  progress "$1" 0 "the test begins"
  setsid sh "$ROOT/lib/ingot/burn-in.sh" "$1" "$BURN_SECONDS" "$at" >"$at/log" 2>&1 &
  testing=$!
  told=$begun
  while kill -0 "$testing" 2>/dev/null; do
    sleep 1
    now=$(uptime_s)
    if [ $((now - begun)) -gt "$2" ]; then
      kill -9 "-$testing" 2>/dev/null
      echo fail >"$at/result"
      echo "it did not end within $2 s" >"$at/words"
      break
    fi
    if [ $((now - told)) -ge 10 ]; then
      told=$now
      percent=$(((now - begun) * 100 / (BURN_SECONDS + 1)))
      progress "$1" $((percent < 99 ? percent : 99)) "under test for $((now - begun)) s"
    fi
  done
  result=$(cat "$at/result" 2>/dev/null)
  words=$(cat "$at/words" 2>/dev/null | plain 500)
  [ -n "$result" ] || { result=fail && words="it ended without a result"; }
  progress "$1" 100 "$result${words:+: $words}"
  say "$1: $result${words:+: $words}" >&2
  printf '{"test":"%s","result":"%s","startedAt":%s,"endedAt":%s,"figures":%s,"words":"%s","log":"%s"}\n' \
    "$1" "$result" "$begun" "$(uptime_s)" "$(test_figures "$at")" "$words" "$(test_log "$at")"
}

# Lines of `name|value|unit`; a value that is no number is left out.
test_figures() {
  awk -F '|' 'NF == 3 && $2 ~ /^-?[0-9]+(\.[0-9]+)?$/ { printf "{\"name\":\"%s\",\"value\":%s,\"unit\":\"%s\"}\n", $1, $2, $3 }' \
    "$1/figures" 2>/dev/null | array
}

# The end of what a test wrote, as the inside of a JSON string.
test_log() {
  tail -c 4000 "$1/log" | tr '\t' ' ' | tr -cd '\n -~' | sed 's/\\/\\\\/g; s/"/\\"/g' |
    awk '{ printf "%s\\n", $0 }'
}

# Each test gets its time and a margin, in which a slow host ends what it is at.
burn_in() {
  modprobe -a -q coretemp k10temp 2>/dev/null
  DISKS=$(echo $(list_disks))
  export DISKS
  {
    run_test cpu $((BURN_SECONDS * 2 + 120))
    run_test memory $((BURN_SECONDS * 4 + 300))
    run_test disk $((BURN_SECONDS * 2 + 120))
    run_test drive_health 300
    run_test gpu 7200
    run_test fabric $((BURN_SECONDS + 3600))
  } >/run/tests
}

# Fills /run/report.json and posts it: a file, since an argument ends at 128 KiB.
inspect() {
  BURN_SECONDS=$(argument ingot.burn)
  settle_disks
  modprobe -a -q ib_uverbs mlx5_ib mlx4_ib efivarfs 2>/dev/null
  progress inspect 0 "reading what the host is made of"
  facts >/run/facts.json
  say "$(wc -c </run/facts.json) bytes of facts"
  : >/run/tests
  [ -z "$BURN_SECONDS" ] || burn_in
  printf '{"tool":"%s","uptimeSeconds":%s,"facts":%s,"tests":%s}' "$TOOL" "$(uptime_s)" \
    "$(cat /run/facts.json)" "$(array </run/tests)" >/run/report.json
  upload_log
  post_file "$JOB_URL/report" /run/report.json application/json || say "the report was not taken"
}
