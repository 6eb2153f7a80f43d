# Reads go test -v: prints package lines and whatever failed or skipped tests
# said, and drops what passed tests said, but for the seeds and the counts of
# tests that do what is random.

/^=== (RUN|PAUSE|CONT|NAME) / { test = $3; next }

/^ *--- (PASS|FAIL|SKIP): / {
	if ($2 != "PASS:") printf "%s%s\n", said[$3], $0
	if ($2 == "SKIP:") skipped++
	delete said[$3]
	test = ""
	next
}

# A package that panicked or ran out of time has no result lines for the tests
# it was in.
/^FAIL\t/ { for (name in said) printf "%s", said[name] }
/^(ok  |FAIL|\?   )\t/ { split("", said); test = ""; print; fflush(); next }

/^PASS$/ { next }
/^ +[a-z_]+_test\.go:[0-9]+: (seed [0-9]+ |acknowledged [0-9]+, )/ {
	sub(/^ +[a-z_]+_test\.go:[0-9]+: /, "")
	print
	fflush()
	next
}

test != "" { said[test] = said[test] $0 "\n"; next }
# A package's coverage stands on its own line too.
/^coverage: / { next }
{ print }

END { if (skipped) printf "skipped tests: %d, for the reasons above\n", skipped }
