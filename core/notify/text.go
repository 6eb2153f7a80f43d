package notify

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
)

const (
	longestReason = 500 // characters of a reason
	longestTitle  = 150
)

// hidePatients takes out what tells of a patient.
func hidePatients(n *run.Notice) {
	n.Patient, n.Reason = "", redact.Patients(n.Reason)
}

// oneLine is a text on one line, without what no printer shows, cut to so many
// characters.
func oneLine(text string, most int) string {
	text = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, text)), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// sentence is all that a notice says, on one line.
func sentence(n run.Notice) string {
	text := what(n)
	if n.Count > 0 && n.Kind == run.NoticeRecovered {
		text += fmt.Sprintf(" (it had failed %s since)", times(n.Count))
	} else if n.Count > 0 {
		text += fmt.Sprintf(" (and %s more)", times(n.Count))
	}
	if n.Reason != "" {
		text += ": " + n.Reason
	}
	return oneLine(text, 2*longestReason)
}

func times(n int) string { return problem.Counted(n, "time") }

// what says what happened, without why.
func what(n run.Notice) string {
	name := n.Name
	if n.Thing == run.OfRun || n.Thing == run.OfArrival {
		name = fmt.Sprintf("%.8s", name)
	}
	of := ""
	if n.Run != "" {
		of = fmt.Sprintf(" (run %.8s)", n.Run)
	}
	switch {
	case n.Kind == run.NoticeHeld:
		return fmt.Sprintf("%s %s is held: it waits to be released or discarded", n.Thing, name)
	case n.Kind == run.NoticeRecovered && (n.Thing == run.OfRun || n.Thing == run.OfArrival):
		return fmt.Sprintf("%s %s is not held any more: it is %s", n.Thing, name, n.State)
	case n.Kind == run.NoticeRecovered && n.Thing == run.OfFlow:
		return fmt.Sprintf("flow %s works again%s", name, of)
	case n.Kind == run.NoticeRecovered && n.Thing == run.OfDestination:
		return fmt.Sprintf("destination %s takes results again", name)
	case n.Kind == run.NoticeRecovered:
		return fmt.Sprintf("%s %s is %s again", n.Thing, name, n.State)
	case n.Thing == run.OfFlow && n.Task != "":
		return fmt.Sprintf("flow %s failed%s in task %s", name, of, n.Task)
	case n.Thing == run.OfFlow:
		return fmt.Sprintf("flow %s failed%s", name, of)
	case n.Thing == run.OfDestination:
		return fmt.Sprintf("results of flow %s were not delivered to %s%s", n.Flow, name, of)
	}
	return fmt.Sprintf("%s %s is %s", n.Thing, name, n.State)
}

// title is what a message says in one line: its first event, and how many others.
func title(events []run.Notice, more int) string {
	if len(events) == 0 {
		return ""
	}
	first, others := oneLine(what(events[0]), longestTitle), len(events)-1+more
	if others == 0 {
		return first
	}
	return fmt.Sprintf("%s, and %s", first, problem.Counted(others, "other event"))
}

// link is the page of what a notice is about; "": the site does not say where its
// pages are.
func link(pages string, n run.Notice) string {
	switch {
	case pages == "":
		return ""
	case n.Run != "":
		return pages + "/ui/runs/" + url.PathEscape(string(n.Run))
	case n.Thing == run.OfRun:
		return pages + "/ui/runs/" + url.PathEscape(n.Name)
	case n.Thing == run.OfArrival:
		return pages + "/ui/arrivals/" + url.PathEscape(n.Name)
	case n.Thing == run.OfExecutor:
		return pages + "/ui/executors"
	}
	return pages + "/ui/"
}
