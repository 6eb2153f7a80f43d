#!/usr/bin/env bash
# coverage.sh FOLDER NAME... prints how much of each package core/NAME its own
# tests cover, from the profile FOLDER/NAME, and fails if one is below 85 %.
set -euo pipefail
least=85
folder=$1
status=0

# Tests of several packages may have run one statement: it counts once.
covered() {
	awk 'FNR > 1 { size[$1] = $2; if ($3 > 0) hit[$1] = 1 }
		END {
			for (block in size) { all += size[block]; if (block in hit) ran += size[block] }
			if (!all) exit 1
			printf "%.1f\n", 100 * ran / all
		}' "$1"
}

for name in "${@:2}"; do
	percent=$(covered "$folder/$name" 2>/dev/null) || percent=
	if [[ -z $percent ]]; then
		echo "coverage of core/$name: not measured"
		status=1
	elif awk "BEGIN { exit !($percent < $least) }"; then
		echo "coverage of core/$name: $percent %, which is less than $least %"
		status=1
	else
		echo "coverage of core/$name: $percent %"
	fi
done
exit "$status"
