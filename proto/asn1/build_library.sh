#!/bin/sh
# Compiles the ASN.1 modules with asn1c, and what asn1c wrote with the C compiler, into one static library. asn1c does not
# say beforehand which files it will write, so that meson cannot list them. Called by meson only:
#   build_library.sh ASN1C LIBRARY HEADER_FOLDER JOBS MODULE -- COMPILER FLAG…
set -eu
asn1c=$1 library=$2 jobs=$4
headers=$(realpath "$3") module=$(realpath "$5")
shift 6

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && "$asn1c" -fcompound-names "$module" > asn1c.log 2>&1) || { cat "$work/asn1c.log" >&2; exit 1; }
rm -f "$work/converter-sample.c"
for skeleton in "$work"/*.[ch]; do  # asn1c links its skeletons: keep copies
  [ ! -L "$skeleton" ] || { cp "$skeleton" "$skeleton.copy" && mv -f "$skeleton.copy" "$skeleton"; }
done

# ASN_DEBUG is a variadic function even when debugging is off: it costs four fifths of the time and writes to a static
# buffer from every thread.
(cd "$work" && printf '%s\n' ./*.c | xargs -P "$jobs" -I{} \
  "$@" -std=gnu11 -O2 -g -w -fPIC -I. -D_DEFAULT_SOURCE '-DASN_DEBUG(...)=((void)0)' -c {} )

rm -f "$library"
ar rcs "$library" "$work"/*.o
cp "$work"/*.h "$headers"
