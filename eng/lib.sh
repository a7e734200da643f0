# Shared by run, test, bench and .ci/run. Sourced, never run.
say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1

need_dotnet() {
  if ! command -v dotnet >/dev/null && [ -x "$HOME/.dotnet/dotnet" ]; then
    export DOTNET_ROOT=$HOME/.dotnet PATH=$HOME/.dotnet:$PATH
  fi
  command -v dotnet >/dev/null || die "the .NET 10 SDK is missing. See https://dotnet.microsoft.com/download/dotnet/10.0"
  dotnet --list-sdks | grep -q '^10\.' || die "the .NET 10 SDK is missing; installed: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' '). See https://dotnet.microsoft.com/download/dotnet/10.0"
}

# compile build|publish ARGUMENT...: dotnet with one compiler process for all projects, also where the environment turns that off: starting one for
# each costs as long as compiling. The process is of this build alone and ends with it, so nothing stays behind.
compile() {
  local id=marketplace-$$ code=0 process
  dotnet "$@" -p:UseSharedCompilation=true -p:SharedCompilationId="$id" || code=$?
  for process in $(grep -la -- "[-]pipename:$id" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do kill "$process" 2>/dev/null || true; done
  return "$code"
}

has_postgres() {
  local folder
  for folder in "${MARKETPLACE_POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/x)")"; do
    [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ] && return 0
  done
  return 1
}

# missing_fonts: the packages of the fonts PDF documents are written with that are not installed, as the product looks for them.
missing_fonts() {
  local pair
  for pair in LiberationSans-Regular.ttf:fonts-liberation DroidSansFallbackFull.ttf:fonts-droid-fallback; do
    [ -n "$(find /usr/share/fonts -name "${pair%%:*}" -print -quit 2>/dev/null)" ] || printf '%s\n' "${pair#*:}"
  done
}

# need_packages PACKAGE...: installs them when we are root, else says what to run.
need_packages() {
  [ $# -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "these are missing: $*. Install them with your system's package manager."
  [ "$(id -u)" = 0 ] || die "these are missing: $*. Run: sudo apt-get install $*"
  say "Installing $* ..."
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/tmp/marketplace-apt.log 2>&1; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } >/tmp/marketplace-apt.log 2>&1 ||
      { tail -n 20 /tmp/marketplace-apt.log >&2; die "apt-get could not install $*"; }
  fi
}

# fingerprint PATH...: changes when any source file below changes, appears or goes.
fingerprint() {
  {
    dotnet --version
    find "$@" -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -path '*/node_modules/*' -printf '%p %s %T@\n' | LC_ALL=C sort
  } | sha256sum | cut -d' ' -f1
}
