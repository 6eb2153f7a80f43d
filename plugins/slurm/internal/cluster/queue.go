package cluster

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
)

// Job is a job as the controller sees it.
type Job struct {
	ID      string
	State   string // such as RUNNING
	Pending string // why it is pending, such as Resources
	Nodes   string // such as n1
	Comment string
	Name    string
}

// separator cannot occur in what stands between: it is no printable character.
const separator = '\x1f'

const jobFormat = "%A\x1f%T\x1f%r\x1f%N\x1f%k\x1f%j"

// Queue passes on each job of this user that the controller knows, ended ones
// too, whose name begins with prefix. It is one call of squeue.
func (c *Cluster) Queue(ctx context.Context, words *Words, prefix string, each func(Job)) error {
	return c.queue(ctx, words, []string{"--me"}, prefix, each)
}

// Find returns the jobs of this user with a name.
func (c *Cluster) Find(ctx context.Context, name string) ([]Job, error) {
	var found []Job
	err := c.queue(ctx, &Words{}, []string{"--me", "--name=" + name}, name, func(j Job) {
		if j.Name == name {
			found = append(found, j)
		}
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// queueArgs are squeue's, for the jobs that further arguments say.
func queueArgs(which ...string) []string {
	return append([]string{"--noheader", "--states=all", "--format=" + jobFormat}, which...)
}

func (c *Cluster) queue(ctx context.Context, words *Words, which []string, prefix string, each func(Job)) error {
	return c.run(ctx, "squeue", queueArgs(which...), func(out io.Reader) error { return words.ParseQueue(out, prefix, each) })
}

// Words are the strings of one reading of the queue, which the next one finds
// again: most jobs are the same from tick to tick, so that the parsing of ten
// thousand makes hardly a new string. It is not for several goroutines at once.
// The zero value has none.
type Words struct {
	now, before map[string]string
	lines       *bufio.Reader
}

// ParseQueue reads what squeue printed. Lines that are no job of ours are left out.
func (w *Words) ParseQueue(in io.Reader, prefix string, each func(Job)) error {
	if w.lines == nil {
		*w = Words{now: map[string]string{}, before: map[string]string{}, lines: bufio.NewReaderSize(nil, 64<<10)}
	}
	w.now, w.before = w.before, w.now
	clear(w.now)
	lines := w.lines
	lines.Reset(in)
	for {
		line, err := lines.ReadSlice('\n')
		if err == bufio.ErrBufferFull { // of nobody whom we know
			for err == bufio.ErrBufferFull {
				_, err = lines.ReadSlice('\n')
			}
			line = nil
		}
		if job, ours := w.parseJob(line, prefix); ours {
			each(job)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("read what squeue printed: %w", err)
		}
	}
}

func (w *Words) parseJob(line []byte, prefix string) (Job, bool) {
	line = bytes.TrimRight(line, "\r\n")
	var fields [5][]byte
	rest := line
	for i := range fields {
		end := bytes.IndexByte(rest, separator)
		if end < 0 {
			return Job{}, false
		}
		fields[i], rest = rest[:end], rest[end+1:]
	}
	if len(fields[0]) == 0 || len(rest) < len(prefix) || string(rest[:len(prefix)]) != prefix {
		return Job{}, false
	}
	return Job{ID: w.of(fields[0]), State: w.of(fields[1]), Pending: w.of(fields[2]), Nodes: w.of(fields[3]), Comment: w.of(fields[4]), Name: w.of(rest)}, true
}

// of keeps one string of each text, as long as it is seen.
func (w *Words) of(text []byte) string {
	if known, ok := w.now[string(text)]; ok {
		return known
	}
	word, ok := w.before[string(text)]
	if !ok {
		word = string(text)
	}
	w.now[word] = word
	return word
}
