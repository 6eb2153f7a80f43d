package core_test

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// read returns the text of a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// statement returns the rows of the table of the conformance statement that has
// this head.
func statement(t *testing.T, head string) (rows [][]string) {
	t.Helper()
	_, rest, found := strings.Cut(read(t, "docs/dicom-conformance.md"), "\n"+head+"\n")
	text, _, _ := strings.Cut(rest, "\n\n")
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if !found || len(rows) < 2 {
		t.Fatalf("no table %s", head)
	}
	return rows[1:]
}

func statusOf(t *testing.T, code string) dimse.Status {
	t.Helper()
	n, err := strconv.ParseUint(code, 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	return dimse.Status(n)
}

// Each status that is sent is in the statement with what it means, and no other.
func TestStatementOfSentStatuses(t *testing.T) {
	sending := regexp.MustCompile(`(?:return |Refuse\(|:?= )(?:dimse\.)?([A-Z]\w+)\b`)
	codes := statuses(t)
	var sent, said []string
	for _, found := range sending.FindAllStringSubmatch(read(t, "core/dimse/provider.go")+read(t, "core/receive/session.go"), -1) {
		if code, known := codes[found[1]]; known {
			sent = append(sent, code.String())
		}
	}
	for _, row := range statement(t, "| status | meaning | when |") {
		said = append(said, fmt.Sprintf("%s (%s)", row[0], row[1]))
	}
	slices.Sort(sent)
	slices.Sort(said)
	if diff := cmp.Diff(slices.Compact(sent), said); diff != "" {
		t.Errorf("-sent +said:\n%s", diff)
	}
}

// The statuses of storage commitment are in the statement, each where it is sent,
// and no others; so are the reasons for which an instance is not committed to.
func TestStatementOfCommitment(t *testing.T) {
	common := read(t, "core/dimse/normalized.go")
	for _, table := range []struct{ head, source, not string }{
		{"| status of N-ACTION | meaning | when |", common + read(t, "core/commit/ask.go"), "NoSuchEventType"},
		{"| status of N-EVENT-REPORT | meaning | when |", common + read(t, "core/deliver/report.go"), "NoSuchAction"},
		{"| failure reason | when |", read(t, "core/commit/decide.go"), ""},
	} {
		var sent, said []string
		for name, code := range statuses(t) {
			used := regexp.MustCompile(`(\breturn |Refuse\(|[^=]= |refusal\{|reason: )(dimse\.)?` + name + `\b`).MatchString(table.source)
			if used && name != table.not && code != dimse.UnrecognizedOperation {
				sent = append(sent, code.String()[:4])
			}
		}
		for _, row := range statement(t, table.head) {
			said = append(said, row[0])
			if len(row) == 3 && statusOf(t, row[0]).String() != fmt.Sprintf("%s (%s)", row[0], row[1]) {
				t.Errorf("%v means %v", row, statusOf(t, row[0]))
			}
		}
		slices.Sort(sent)
		slices.Sort(said)
		if diff := cmp.Diff(sent, said); diff != "" {
			t.Errorf("%s: -sent +said:\n%s", table.head, diff)
		}
	}
}

// statuses are the statuses of core/dimse by their names.
func statuses(t *testing.T) map[string]dimse.Status {
	t.Helper()
	codes := map[string]dimse.Status{}
	for _, found := range regexp.MustCompile(`(\w+)\s+Status = 0x(\w{4})`).FindAllStringSubmatch(read(t, "core/dimse/status.go"), -1) {
		codes[found[1]] = statusOf(t, found[2])
	}
	return codes
}

// What follows a status that is received is what the statement says.
func TestStatementOfReceivedStatuses(t *testing.T) {
	for _, row := range statement(t, "| status | meaning | what the agent does |") {
		for pattern := range strings.SplitSeq(strings.Replace(row[0], "any other", "0150, D000", 1), ", ") {
			for _, digit := range []string{"0", "F"} {
				status, follows := statusOf(t, strings.ReplaceAll(pattern, "x", digit)), "sent"
				if status.Retryable() {
					follows = "tried again"
				} else if status.Failure() {
					follows = "failed"
				}
				said, _, _ := strings.Cut(row[2], ";")
				if said != follows || !strings.Contains(status.String(), "("+row[1]) {
					t.Errorf("%s: %s is said, and it is %s: %s", row[0], row[2], status, follows)
				}
			}
		}
	}
}

// Each rejection that the program makes is in the statement, and no other.
func TestStatementOfRejections(t *testing.T) {
	constructor := regexp.MustCompile(`func (\w+)\(\) \*Reject \{\s+return reject\(pdu\.(\w+), pdu\.(\w+), (\d)\)`)
	results := map[string]pdu.RejectResult{"RejectedPermanent": pdu.RejectedPermanent, "RejectedTransient": pdu.RejectedTransient}
	sources := map[string]pdu.RejectSource{"RejectedByUser": pdu.RejectedByUser, "RejectedByACSE": pdu.RejectedByACSE, "RejectedByPresentation": pdu.RejectedByPresentation}
	var callers strings.Builder
	for _, name := range namesInTree(t) {
		if inside(name, "core/dimse", "core/access", "core/receive", "core/agent") && !strings.HasSuffix(name, "_test.go") {
			callers.WriteString(read(t, name))
		}
	}
	var made, said []string
	for _, c := range constructor.FindAllStringSubmatch(read(t, "core/dimse/reject.go"), -1) {
		if strings.Count(callers.String(), c[1]+"()") > 1 { // it is called, too
			made = append(made, fmt.Sprintf("%d %d %s", results[c[2]], sources[c[3]], c[4]))
		}
	}
	for _, row := range statement(t, "| result | source | reason | meaning | when |") {
		said = append(said, strings.Join(row[:3], " "))
		var r dimse.Reject
		if _, err := fmt.Sscan(said[len(said)-1], &r.Result, &r.Source, &r.Reason); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(r.String(), ": "+row[3]) {
			t.Errorf("%v means %s", row, r)
		}
	}
	slices.Sort(made)
	slices.Sort(said)
	if diff := cmp.Diff(made, said); diff != "" {
		t.Errorf("-made +said:\n%s", diff)
	}
}

// The transfer syntaxes that keep every bit, and those that can be decompressed,
// are those of the statement, under their names.
func TestStatementOfTransferSyntaxes(t *testing.T) {
	const lossy dcm.UID = "1.2.840.10008.1.2.4.50"
	for head, is := range map[string]func(dcm.UID) bool{
		"| UID | transfer syntax that keeps every bit |":     func(uid dcm.UID) bool { return dcm.Preferred([]dcm.UID{lossy, uid}) == uid && uid != lossy },
		"| UID | transfer syntax that can be decompressed |": decompress.Can,
	} {
		said := map[dcm.UID]bool{}
		for _, row := range statement(t, head) {
			uid := dcm.UID(row[0])
			said[uid] = true
			if name := uid.Name(); !is(uid) || name != row[0] && name != row[1] {
				t.Errorf("%s: %s is %s", head, uid, name)
			}
		}
		for line := range strings.Lines(read(t, "core/dcm/uids.tsv")) {
			uid, _, _ := strings.Cut(line, "\t")
			if strings.HasPrefix(uid, "1.2.840.10008.1.2") && is(dcm.UID(uid)) && !said[dcm.UID(uid)] {
				t.Errorf("%s: %s is missing", head, uid)
			}
		}
	}
}

// What the statement says is refused is.
func TestStatementOfServices(t *testing.T) {
	for _, row := range statement(t, "| UID and all below | service |") {
		uid := dcm.UID(strings.Trim(strings.Fields(row[0])[0], ","))
		if dimse.Storable(uid) || dimse.Storable(uid+".9") {
			t.Errorf("%s (%s) is accepted as storage", uid, row[1])
		}
	}
}

// A text that only one character set has is read by each term of the statement.
func TestStatementOfCharacterSets(t *testing.T) {
	texts := map[string]struct{ value, extended, want string }{
		"6": {"A", "A", "A"}, "13": {"\xb1", "\xb1", "ｱ"}, "100": {"\xfe", "\x1b-A\xfe", "þ"}, "101": {"\xa1", "\x1b-B\xa1", "Ą"},
		"109": {"\xa1", "\x1b-C\xa1", "Ħ"}, "110": {"\xa2", "\x1b-D\xa2", "ĸ"}, "126": {"\xe1", "\x1b-F\xe1", "α"}, "127": {"\xc7", "\x1b-G\xc7", "ا"},
		"138": {"\xe0", "\x1b-H\xe0", "א"}, "144": {"\xd6", "\x1b-L\xd6", "ж"}, "148": {"\xf0", "\x1b-M\xf0", "ğ"}, "166": {"\xa1", "\x1b-T\xa1", "ก"},
		"203": {"\xa4", "\x1b-b\xa4", "€"}, "87": {"", "\x1b$B;3", "山"}, "159": {"", "\x1b$(D\x30\x21", "丂"}, "149": {"", "\x1b$)C\xb0\xa1", "가"},
		"58": {"", "\x1b$)A\xcd\xf5", "王"}, "192": {"王", "", "王"}, "GB18030": {"\xcd\xf5", "", "王"}, "GBK": {"\xcd\xf5", "", "王"},
	}
	var named []string
	for _, row := range statement(t, "| term | code extension | characters |") {
		for i, term := range row[:2] {
			term = strings.TrimPrefix(term, "none, ")
			if term == "" {
				continue
			}
			key := term[strings.LastIndex(term, " ")+1:]
			named = append(named, key)
			text := texts[key]
			value, declared := text.value, term
			if i == 1 {
				value, declared = text.extended, `\`+term
				if !strings.HasPrefix(value, "\x1b") {
					declared = term + `\ISO 2022 IR 87`
				}
			}
			if got := readAs(t, declared, value); value == "" || got != text.want {
				t.Errorf("%s: %q is read as %q, want %q", declared, value, got, text.want)
			}
		}
	}
	for key := range texts {
		if !slices.Contains(named, key) {
			t.Errorf("the statement does not name %s", key)
		}
	}
}

// readAs is a description as a header with a Specific Character Set has it.
func readAs(t *testing.T, charset, value string) string {
	t.Helper()
	var b strings.Builder
	element := func(group, number byte, vr, v string) {
		v += strings.Repeat(" ", len(v)%2)
		b.WriteString(string([]byte{group, 0, number, 0}) + vr + string([]byte{byte(len(v)), 0}) + v)
	}
	element(0x08, 0x05, "CS", charset)
	element(0x08, 0x70, "LO", value)
	header, err := dcm.ScanDataset(strings.NewReader(b.String()), dcm.ExplicitVRLittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := header.Text(0x00080070)
	return text
}

// What the statement says of associations is what the program does by default.
func TestStatementOfAssociations(t *testing.T) {
	rows := map[string][]string{}
	for _, row := range statement(t, "| | receiving | sending |") {
		rows[row[0]] = row[1:]
	}
	for name, want := range map[string]string{
		"application context":            string(dcm.ApplicationContext),
		"AE title":                       fmt.Sprintf("`%s`", dimse.DefaultCallingAE),
		"associations at once":           fmt.Sprintf("%d, ", dimse.DefaultMaxAssociations),
		"maximum PDU length announced":   fmt.Sprintf("%d bytes", dimse.DefaultMaxPDU),
		"implementation class UID":       string(dcm.ImplementationClass),
		"implementation version name":    dcm.ImplementationVersion,
		"presentation contexts":          fmt.Sprintf("up to %d", dimse.MaxContexts),
		"asynchronous operations window": "up to 16 C-STOREs",
	} {
		if len(rows[name]) == 0 || !strings.Contains(rows[name][0], want) {
			t.Errorf("%s: %v, want %s", name, rows[name], want)
		}
	}
}

// Each test that the matrix of peers names is there.
func TestStatementOfPeers(t *testing.T) {
	cell := regexp.MustCompile(`^(\S+) (Test\w+(?:, Test\w+)*)$`)
	all := readTree(t)
	for _, row := range statement(t, "| peer | version | its side | what | tests |") {
		named := cell.FindStringSubmatch(row[4])
		if named == nil {
			t.Errorf("%s: no tests in %q", row[0], row[4])
			continue
		}
		for name := range strings.SplitSeq(named[2], ", ") {
			if !slices.ContainsFunc(all[named[1]], func(s source) bool { return s.isTest() && declares(s, name) }) {
				t.Errorf("%s: %s has no %s", row[0], named[1], name)
			}
		}
	}
}

func declares(s source, function string) bool {
	return slices.ContainsFunc(s.file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Recv == nil && f.Name.Name == function
	})
}
