package cluster

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// written is what squeue prints of eight jobs, two of them none of ours.
func written(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/squeue")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParseQueue(t *testing.T) {
	var got []Job
	text := written(t)
	text = append(text, strings.Repeat("x", 100<<10)+"\nhalf a line\x1fRUNNING"...)
	if err := new(Words).ParseQueue(bytes.NewReader(text), "raddeploy-", func(j Job) { got = append(got, j) }); err != nil {
		t.Fatal(err)
	}
	want := []Job{
		{ID: "100000", State: "RUNNING", Pending: "None", Nodes: "n1", Comment: "raddeploy site=site executor=slurm attempt=100000", Name: "raddeploy-site-100000"},
		{ID: "100001", State: "PENDING", Pending: "Resources", Comment: "raddeploy site=site executor=slurm attempt=100001", Name: "raddeploy-site-100001"},
		{ID: "100002", State: "PENDING", Pending: "ReqNodeNotAvail, UnavailableNodes:n[1-2]", Comment: "raddeploy site=site executor=slurm attempt=100002", Name: "raddeploy-site-100002"},
		{ID: "100003", State: "COMPLETED", Pending: "None", Nodes: "n2", Comment: "raddeploy site=site executor=slurm attempt=100003", Name: "raddeploy-site-100003"},
		{ID: "100004", State: "CANCELLED", Pending: "None", Comment: "raddeploy site=site executor=slurm attempt=100004", Name: "raddeploy-site-100004"},
		{ID: "100005", State: "FAILED", Pending: "NonZeroExitCode", Nodes: "n1", Comment: "raddeploy site=site executor=slurm attempt=100005", Name: "raddeploy-site-100005"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A tick reads the same ten thousand jobs again without new strings.
func TestTenThousandJobs(t *testing.T) {
	text := recorded(t)
	words := &Words{}
	jobs := 0
	read := func() {
		if err := words.ParseQueue(bytes.NewReader(text), "raddeploy-", func(Job) { jobs++ }); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if all := bytes.Count(text, []byte("\n")); all != 10_000 || jobs != all-bytes.Count(text, []byte("nightly")) {
		t.Errorf("%d jobs of %d are ours; those with the name nightly are not", jobs, all)
	}
	read()
	if allocations := testing.AllocsPerRun(3, read); allocations > 100 {
		t.Errorf("%v allocations to read the same queue again; want them not to grow with the jobs", allocations)
	}
}

// BenchmarkParseQueue reads what squeue of Slurm 22.05 printed of ten thousand
// jobs.
func BenchmarkParseQueue(b *testing.B) {
	text := recorded(b)
	words := &Words{}
	b.ReportAllocs()
	for b.Loop() {
		if err := words.ParseQueue(bytes.NewReader(text), "raddeploy-", func(Job) {}); err != nil {
			b.Fatal(err)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > 50*time.Millisecond {
		b.Errorf("10,000 jobs took %v; want 50 ms at most", each)
	}
}

func FuzzParseQueue(f *testing.F) {
	f.Add(written(f))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := new(Words).ParseQueue(bytes.NewReader(text), "raddeploy-", func(j Job) {
			if j.ID == "" || !strings.HasPrefix(j.Name, "raddeploy-") || strings.Contains(j.Name, "\n") {
				t.Errorf("%+v", j)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestParseNodes(t *testing.T) {
	got := parseNodes("n1\x1fidle\x1fgpu:a100:4(S:0-1),shard:8\nn1\x1fidle\x1fgpu:a100:4(S:0-1)\nn2\x1fdown*\x1fgpu:2,gpu:v100:1\n" +
		"n3\x1fmixed\x1f(null)\nn4\x1fidle~\x1f(null)\nn5\x1fdrained\x1f(null)\nn6\x1fidle*\x1f(null)\n")
	if want := (Nodes{Total: 6, Usable: 3, GPUs: 4}); got != want {
		t.Errorf("%+v; want %+v", got, want)
	}
}
