package conformance

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

func logsCases() []Case {
	const read = "go doc sdk.LogReader; go doc sdk.LogChunk"
	const cursor = "Each chunk carries the cursor behind it: reading on from there loses nothing and repeats nothing"
	return []Case{
		{
			Name: "logs/stdout and stderr apart", Read: read, test: logsApart,
			Contract: "The two streams are kept apart, each in the order in which it was written.",
		},
		{
			Name: "logs/in order", Read: read, test: logsInOrder,
			Contract: "Logs sends the output of one stream in order, however many pieces it was written in.",
		},
		{
			Name: "logs/any bytes", Read: read, test: logsOfBytes,
			Contract: "The output is any bytes, and arrives as it was written, with no line end added or taken away.",
		},
		{
			Name: "logs/ten megabytes", Read: read, test: logsOfTenMegabytes,
			Contract: "All of a large output is kept, and sent in chunks of at most 64 KiB.",
		},
		{
			Name: "logs/resume by cursor", Read: read, test: logsResumed,
			Contract: cursor + ".",
		},
		{
			Name: "logs/resume while following", Read: read, test: logsFollowedPiecewise,
			Contract: cursor + ", also while the task still writes.",
		},
		{
			Name: "logs/follow to the end", Read: read, test: logsFollowed,
			Contract: "Logs that is asked to follow sends what is written as it is written, and returns when the attempt has ended and all is sent.",
		},
		{
			Name: "logs/without following return at once", Read: read, test: logsNow,
			Contract: "Logs that is not asked to follow returns at the stream's present end.",
		},
		{
			Name: "logs/of what is unknown", Read: "go doc sdk.NotFound", test: logsOfUnknown,
			Contract: "Logs of an attempt that the backend does not know is an error of kind NotFound.",
		},
	}
}

// needLogs ends the case if the executor keeps no logs.
func (t *trial) needLogs() {
	if !t.run.description.Capabilities.Logs {
		t.lack("Describe has no logs among the capabilities")
	}
}

// read sends what Logs does to each, until it returns an error.
func (a *attempt) read(ctx context.Context, request sdk.LogRequest, each func(sdk.LogChunk) error) error {
	return a.house.client.Logs(ctx, a.task.Attempt, request, each)
}

// wantOutput notes if a stream of an attempt holds something else.
func (a *attempt) wantOutput(stream sdk.Stream, want []byte) {
	got, err := a.output(stream)
	if err != nil {
		a.t.fail("Logs of %s: %v", stream, err)
	}
	a.t.wantBytes(stream.String(), got, want)
}

// wantBytes notes where two outputs differ.
func (t *trial) wantBytes(what string, got, want []byte) {
	if bytes.Equal(got, want) {
		return
	}
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	end := func(text []byte) []byte { return text[at:min(len(text), at+60)] }
	t.fail("%s: %d bytes; want %d; from byte %d on it is %q; want %q", what, len(got), len(want), at, end(got), end(want))
}

func logsApart(t *trial) {
	t.needLogs()
	a := t.runs(Work{
		printed(sdk.Stdout, "one\n"), printed(sdk.Stderr, "ONE\n"), printed(sdk.Stdout, "two\n"), printed(sdk.Stderr, "TWO\n"),
	})
	a.wantOutput(sdk.Stdout, []byte("one\ntwo\n"))
	a.wantOutput(sdk.Stderr, []byte("ONE\nTWO\n"))
}

func logsInOrder(t *trial) {
	t.needLogs()
	var work Work
	var out, err string
	for i := range 12 { // each step a write of its own
		work = append(work, printed(sdk.Stdout, fmt.Sprint("out ", i, "\n")), printed(sdk.Stderr, fmt.Sprint("err ", i, "\n")))
		out, err = out+fmt.Sprint("out ", i, "\n"), err+fmt.Sprint("err ", i, "\n")
	}
	a := t.runs(append(work, counted(sdk.Stderr, 500)))
	a.wantOutput(sdk.Stdout, []byte(out))
	a.wantOutput(sdk.Stderr, append([]byte(err), numbers(500, "")...))
}

func logsOfBytes(t *trial) {
	t.needLogs()
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	work := Work{printed(sdk.Stdout, string(every)), printed(sdk.Stderr, "\r\n\n\x00no line end")}
	a := t.runs(work)
	a.wantOutput(sdk.Stdout, every)
	a.wantOutput(sdk.Stderr, work[1].Data)
}

// numbers is what the step DoCount writes.
func numbers(to int, behind string) []byte {
	text := make([]byte, 0, to*(len("100000\n")+len(behind)))
	for i := 1; i <= to; i++ {
		text = append(append(strconv.AppendInt(text, int64(i), 10), behind...), '\n')
	}
	return text
}

func logsOfTenMegabytes(t *trial) {
	t.needLogs()
	const behind = " behind each number there is this, so that a line has some length"
	step := counted(sdk.Stdout, 150_000)
	step.Data = []byte(behind)
	a := t.runs(Work{step})
	ctx, cancel := t.patience()
	defer cancel()
	want := numbers(step.Count, behind)
	all := bytes.NewBuffer(make([]byte, 0, len(want)))
	largest := 0
	err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout}, func(c sdk.LogChunk) error {
		largest = max(largest, len(c.Data))
		all.Write(c.Data)
		return nil
	})
	if err != nil {
		t.fail("Logs: %v", err)
	}
	if largest > 64<<10 {
		t.fail("a chunk has %d bytes; want at most 64 KiB", largest)
	}
	t.wantBytes("stdout", all.Bytes(), want)
}

// logsResumed reads on from behind every chunk.
func logsResumed(t *trial) {
	t.needLogs()
	long := strings.Repeat("a long line without an end, ", 40)
	work := Work{printed(sdk.Stdout, "one\n"), printed(sdk.Stdout, "\x00\xff\ntwo"), printed(sdk.Stdout, long), sleep(10 * time.Millisecond),
		printed(sdk.Stdout, "\n\n"), counted(sdk.Stdout, 30_000), printed(sdk.Stdout, "the end")}
	want := []byte("one\n\x00\xff\ntwo" + long + "\n\n" + string(numbers(30_000, "")) + "the end")
	a := t.runs(work)
	ctx, cancel := t.patience()
	defer cancel()
	type mark struct {
		cursor sdk.Cursor
		behind int
	}
	var marks []mark
	var all []byte
	if err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout}, func(c sdk.LogChunk) error {
		all = append(all, c.Data...)
		marks = append(marks, mark{c.Next, len(all)})
		return nil
	}); err != nil {
		t.fatal("Logs: %v", err)
	}
	t.wantBytes("stdout", all, want)
	for _, mark := range marks {
		for _, follow := range []bool{false, true} {
			var rest []byte
			request := sdk.LogRequest{Stream: sdk.Stdout, After: mark.cursor, Follow: follow}
			if err := a.read(ctx, request, func(c sdk.LogChunk) error { rest = append(rest, c.Data...); return nil }); err != nil {
				t.fatal("Logs from cursor %q on: %v", mark.cursor, err)
			}
			t.wantBytes(fmt.Sprintf("stdout from cursor %q on, which came behind %d bytes", mark.cursor, mark.behind), rest, all[mark.behind:])
			if len(t.findings) > 0 {
				return
			}
		}
	}
}

// logsFollowedPiecewise breaks off after each chunk and reads on from there.
func logsFollowedPiecewise(t *trial) {
	t.needLogs()
	var work Work
	var want string
	for i := range 6 {
		text := fmt.Sprintf("line %d\n", i)
		if i == 3 {
			text = "half a line, "
		}
		work, want = append(work, printed(sdk.Stdout, text), sleep(60*time.Millisecond)), want+text
	}
	a := t.start(work)
	ctx, cancel := t.patience()
	defer cancel()
	var all []byte
	var after sdk.Cursor
	for {
		err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout, After: after, Follow: true}, func(c sdk.LogChunk) error {
			all, after = append(all, c.Data...), c.Next
			return errEnough
		})
		if err == nil {
			break
		}
		if err != errEnough {
			t.fatal("Logs from cursor %q on: %v", after, err)
		}
		if len(all) > len(want) {
			break
		}
	}
	t.wantBytes("stdout, read on after each chunk,", all, []byte(want))
}

// logsFollowed has a task that ends only when what it wrote first has come.
func logsFollowed(t *trial) {
	t.needLogs()
	last := printed(sdk.Stdout, "the last\n")
	last.Do = DoGentle
	a := t.start(Work{last, printed(sdk.Stdout, "the first\n"), hold})
	ctx, cancel := t.patience()
	defer cancel()
	var all []byte
	err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(c sdk.LogChunk) error {
		if all == nil {
			if err := a.stop(10 * time.Minute); err != nil {
				return fmt.Errorf("what was written first has come, but Stop fails: %w", err)
			}
		}
		all = append(all, c.Data...)
		return nil
	})
	if err != nil {
		t.fail("Logs, following a task that goes on until what it wrote first has come: %v", err)
	}
	t.wantBytes("stdout", all, []byte("the first\nthe last\n"))
}

func logsNow(t *trial) {
	t.needLogs()
	a := t.start(Work{printed(sdk.Stdout, "so far\n"), hold})
	ctx, cancel := t.patience()
	defer cancel()
	err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout, Follow: true}, func(sdk.LogChunk) error { return errEnough })
	if err != errEnough {
		t.fatal("Logs, following, before anything came: %v", err)
	}
	var all []byte
	if err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stdout}, func(c sdk.LogChunk) error { all = append(all, c.Data...); return nil }); err != nil {
		t.fail("Logs without following, of a task that runs: %v", err)
	}
	t.wantBytes("stdout so far", all, []byte("so far\n"))
}

func logsOfUnknown(t *trial) {
	t.needLogs()
	a := t.attempt(nil)
	_, err := a.output(sdk.Stdout)
	t.wantKind("Logs of what is unknown", err, sdk.NotFound)
}
