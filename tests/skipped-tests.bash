# Sourced by tests/run and tests/newer-debian.
# shellcheck shell=bash

# skipped_tests PRINTED LOG: how many tests were skipped, for each reason that they gave in a line "skipped: REASON": of
# what ctest printed, and of its log.
skipped_tests() {
    awk 'FNR == NR && sub(/ *\.*\*\*\*Skipped.*/, "") { sub(/^.*: /, ""); skipped[$0] }
        FNR == NR { next }
        / Testing: / { name = $3 }
        (name in skipped) && sub(/^skipped: /, "") { ++count[$0]; given[name] }
        END {
            for (name in skipped) if (!(name in given)) ++count["no reason given"]
            for (reason in count) printf "%d skipped: %s\n", count[reason], reason
        }' "$1" "$2" | sort
}
