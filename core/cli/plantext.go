package cli

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/rehearse"
)

// drawPlan prints what a run is: its models in their stages, who takes them,
// and where the results go.
func (b *base) drawPlan(indent string, p rehearse.Plan) {
	fmt.Fprintf(b.out, "%smodels\n", indent)
	inputs, model, outputs := 0, 0, 0
	for _, stage := range p.Stages {
		for _, s := range stage {
			inputs = max(inputs, width(strings.Join(s.Inputs, ", ")))
			model = max(model, width(box(s)))
			outputs = max(outputs, width(strings.Join(s.Outputs, ", ")))
		}
	}
	for i, stage := range p.Stages {
		for k, s := range stage {
			number := " "
			if k == 0 {
				number = fmt.Sprint(i + 1)
			}
			taken := "on " + s.Executor
			if s.Executor == "" {
				taken = "cannot run: " + s.Reason
			} else if s.Reason != "" {
				taken += " (" + s.Reason + ")"
			}
			fmt.Fprintf(b.out, "%s  %2s  %s ──► %s ──► %s  %s\n", indent, number, padded(strings.Join(s.Inputs, ", "), inputs), padded(box(s), model),
				padded(strings.Join(s.Outputs, ", "), outputs), taken)
		}
	}
	fmt.Fprintf(b.out, "%sdestinations\n", indent)
	if len(p.Destinations) == 0 {
		fmt.Fprintf(b.out, "%s  none: nothing is sent\n", indent)
	}
	for _, d := range p.Destinations {
		text := strings.TrimSpace(d.Name + " " + d.Node)
		if d.Name != "" && d.Node != "" {
			text = d.Name + ": " + d.Node
		}
		if d.Reason != "" {
			text += " (not sent: " + d.Reason + ")"
		}
		fmt.Fprintf(b.out, "%s  %s\n", indent, text)
	}
}

// box is a model as a node of the graph.
func box(s rehearse.Step) string {
	text := "[" + s.Model + " · " + s.Image
	if s.GPUs > 0 {
		text += " · " + problem.Counted(s.GPUs, "GPU")
	}
	return text + "]"
}

func width(s string) int { return utf8.RuneCountInString(s) }

func padded(s string, to int) string { return s + strings.Repeat(" ", max(0, to-width(s))) }

// What a tree shows of a folder at the most.
const (
	mostFiles   = 3
	mostFolders = 12
)

// folderNode is a folder of a tree.
type folderNode struct {
	name    string
	folders []*folderNode
	files   []string
}

// drawTree prints the folder that holds some files, the first of each folder.
func (b *base) drawTree(indent, root string, files []string) {
	top := &folderNode{name: root}
	nodes := map[string]*folderNode{".": top}
	var at func(dir string) *folderNode
	at = func(dir string) *folderNode {
		if nodes[dir] == nil {
			nodes[dir] = &folderNode{name: path.Base(dir)}
			parent := at(path.Dir(dir))
			parent.folders = append(parent.folders, nodes[dir])
		}
		return nodes[dir]
	}
	for _, file := range files {
		file = filepath.ToSlash(file)
		n := at(path.Dir(file))
		n.files = append(n.files, path.Base(file))
	}
	fmt.Fprintf(b.out, "%s%s\n", indent, root)
	b.drawFolder(indent, top)
}

func (b *base) drawFolder(indent string, n *folderNode) {
	slices.SortFunc(n.folders, func(a, c *folderNode) int { return cmp.Compare(a.name, c.name) })
	slices.Sort(n.files)
	var lines []string
	var below []*folderNode
	for i, f := range n.folders {
		if i == mostFolders {
			lines, below = append(lines, fmt.Sprintf("… %s more", problem.Counted(len(n.folders)-i, "folder"))), append(below, nil)
			break
		}
		lines, below = append(lines, f.name+"/"), append(below, f)
	}
	for i, f := range n.files {
		if i == mostFiles && len(n.files) > mostFiles+1 {
			lines = append(lines, fmt.Sprintf("… %d more", len(n.files)-i))
			break
		}
		lines = append(lines, f)
	}
	for i, line := range lines {
		branch, trunk := "├── ", "│   "
		if i == len(lines)-1 {
			branch, trunk = "└── ", "    "
		}
		fmt.Fprintf(b.out, "%s%s%s\n", indent, branch, line)
		if i < len(below) && below[i] != nil {
			b.drawFolder(indent+trunk, below[i])
		}
	}
}
