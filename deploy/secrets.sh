#!/bin/sh
# Makes secrets/ for compose.yaml, with what isn't there yet. The folder is closed to others; the files are open within it,
# since a container's user is another one than yours.
set -eu
cd "${1:-"$(dirname "$0")/.."}"
mkdir -p -m 0700 secrets
cd secrets

put() {
    [ -e "$1" ] || { printf '%s' "$2" >"$1.new" && chmod 0644 "$1.new" && mv "$1.new" "$1"; }
}

random() { od -An -N"${1:-24}" -tx1 /dev/urandom | tr -d ' \n'; }

put postgres_password "$(random)"
put store.url "postgresql+asyncpg://rapport:$(cat postgres_password)@postgres/rapport"
put web.token "$(random)"
put keys.host_key "$(random 32)"
