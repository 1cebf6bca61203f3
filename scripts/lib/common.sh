# What the shell scripts share: where the tree is, how they speak, and which packages are missing. Sourced, never run.

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=/usr/bin/python3  # the distribution's, whose modules packages.txt names; a PATH may hold another

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The packages of the given groups of packages.txt, one a line.
packages_of() {
  local group line current=''
  while read -r line; do
    line=${line%%#*}
    line=${line//[[:space:]]/}
    case $line in
      '') ;;
      '['*']') current=${line:1:-1} ;;
      *) for group in "$@"; do [ "$group" = "$current" ] && echo "$line"; done ;;
    esac
  done <"$tree/scripts/packages.txt"
  return 0
}

# Those of the packages on standard input that are not installed.
missing_of() {
  local package
  while read -r package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}
