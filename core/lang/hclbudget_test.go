package lang

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// doubling returns locals of which each is made of ten of the one before.
func doubling(first, each string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n l0 = %s\n", first)
	for i := range 12 {
		before := fmt.Sprintf("local.l%d", i)
		fmt.Fprintf(&b, " l%d = %s\n", i+1, strings.ReplaceAll(each, "X", before))
	}
	return b.String() + "}\nvalue = local.l12\n"
}

func nestedLoops(value string) string {
	for i := range 6 {
		value = fmt.Sprintf("[for x%d in range(1000): %s]", i, value)
	}
	return "value = " + value
}

// TestBombs holds short files that mean gigabytes, or years, to a place in a
// diagnostic, and to what they take of memory until then.
func TestBombs(t *testing.T) {
	big := func(e string) string {
		return `locals { big = join("", [for i in range(1000): "` + strings.Repeat("a", 1000) + `"]) }` + "\nvalue = " + e
	}
	bombs := map[string]string{
		"text of texts":        doubling(`"0123456789"`, `"${X}${X}${X}${X}${X}${X}${X}${X}${X}${X}"`),
		"lists of lists":       doubling(`[1]`, `[X, X, X, X, X, X, X, X, X, X]`),
		"flattened":            doubling(`[1]`, `flatten([X, X, X, X, X, X, X, X, X, X])`),
		"concatenated":         doubling(`[1]`, `concat(X, X, X, X, X, X, X, X, X, X)`),
		"loops":                nestedLoops("1"),
		"loops of nothing":     nestedLoops("[for y in range(1000): y if false]"),
		"loop in a template":   `value = "%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }xxxx%{ endfor }%{ endfor }%{ endfor }"`,
		"loops, tried":         strings.Replace(nestedLoops("1"), "= ", "= try(", 1) + ", 1)",
		"product":              `value = setproduct(range(1000), range(1000), range(1000), range(1000))`,
		"join":                 big(`join(local.big, range(1000))`),
		"replace":              big(`replace(local.big, "a", local.big)`),
		"replace by pattern":   big(`regexreplace(local.big, "a", "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0")`),
		"pattern":              big(`[for i in range(1000): regexall("(a?){1000}b", local.big)]`),
		"format's width":       `value = format("%999999999d", 1)`,
		"format's widths":      `value = format("` + strings.Repeat("%999999[1]s", 500) + `", "a")`,
		"format's argument":    big(`format("` + strings.Repeat("%[1]s", 900) + `", local.big)`),
		"formatted list":       big(`formatlist("%s%s", local.big, range(1000))`),
		"distinct":             `value = distinct(flatten([for i in range(100): [for j in range(200): i * 1000 + j]]))`,
		"number":               `value = 1e600000000`,
		"number, added to":     `value = "x${1e300000000 * 1e300000000}"`,
		"number, small":        `value = "x${1 / 1e600000000}"`,
		"text as a number":     `value = ceil("1e600000000") > 1`,
		"text as a number, %d": `value = format("%d", "1e600000000")`,
		"deep JSON":            big(`jsondecode(replace(local.big, "aa", "["))`),
		"commas":               big(`[for i in range(1000): split("", local.big)]`),
	}
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, diags := ParseHCL(NewSource("bomb.hcl", []byte(text)))
			runtime.ReadMemStats(&after)
			if !diags.HasErrors() {
				t.Fatal("nothing is wrong with it")
			}
			if !strings.Contains(diags[0].Summary, "too m") && !strings.Contains(diags[0].Summary, "too deep") && !strings.Contains(diags[0].Summary, "a text may have") {
				t.Errorf("%.300v", diags)
			}
			if diags[0].Range.Start.Line == 0 && name != "loops, tried" {
				t.Error("it has no place")
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 1<<30 {
				t.Errorf("it took %d MB", took>>20)
			}
		})
	}
}

// TestWithinBudget computes what a large site may well have.
func TestWithinBudget(t *testing.T) {
	text := `
		locals {
		  names = [for i in range(100): format("model-%04d", i)]
		  all   = distinct(concat(local.names, local.names))
		  tag   = "12e45678"
		  tags  = ["12a45678"]
		}
		count = length(setproduct(range(100), range(50)))
		image = "seg:${local.tag}"
		last  = element(sort(local.all), 99)
		value = join(",", [for n in local.names: regexreplace(n, "^model-0*(.)", "m$1") if contains(slice(local.names, 0, 20), n)])
		label = format("%s-%05d", local.tags[0], 7)`
	n, diags := ParseHCL(NewSource("site.hcl", []byte(text)))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for key, want := range map[string]string{"count": "5000", "image": "seg:12e45678", "last": "model-0099", "label": "12a45678-00007"} {
		if got := n.Get(key); got == nil || got.Text != want {
			t.Errorf("%s is %v", key, got)
		}
	}
	if got := n.Get("value"); !strings.HasPrefix(got.Text, "m0,m1,m2") {
		t.Errorf("value is %s", got.Text)
	}
}
