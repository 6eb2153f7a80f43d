package ui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// action is what a button does, in words that are read before it is done.
type action struct {
	Name   string
	Will   string // what will happen
	Danger bool
	Reason bool // it takes one
	Flow   bool // it takes the name of a flow
	From   bool // it takes a task
	To     bool // it takes a destination
}

var actions = map[string]action{
	"cancel":  {Name: "Cancel", Danger: true, Will: "Nothing more of it is started or sent. What runs is stopped, gently and, 10 seconds later, by force. What a destination has taken already stays there."},
	"retry":   {Name: "Retry", From: true, Will: "The tasks that failed, were skipped or were canceled are tried again. Those that succeeded keep their outputs, unless a task is named: then it and all that depend on it are tried again. The flow is as it was when the run was made."},
	"resend":  {Name: "Resend", To: true, Will: "The results are sent again: to the destinations that did not get all of them or, where all did, to every one. What a destination took of a delivery that failed is not sent to it again."},
	"rerun":   {Name: "Rerun", Flow: true, Will: "A new run of a flow is made on what arrived, whether it triggered or not. The flow is taken as it is now, also one that is switched off."},
	"release": {Name: "Release", Will: "It goes on with what it has, as if nothing had held it."},
	"discard": {Name: "Discard", Danger: true, Reason: true, Will: "It is given up: nothing is run or sent of it. Nothing is deleted before its retention."},
	"enable":  {Name: "Switch on", Will: "Arrivals that are matched from now on can start it."},
	"disable": {Name: "Switch off", Danger: true, Will: "No arrival starts it from now on. Runs that exist go on. It stays so across restarts until somebody switches it on."},
	"drain":   {Name: "Drain", Danger: true, Will: "It gets no new task. Those that it has go on to their end. It stays so across restarts until somebody undrains it."},
	"undrain": {Name: "Undrain", Will: "It gets new tasks again."},
	"test":    {Name: "Test", Will: "A test message is sent to each recipient, once and now, and what the server answered is shown."},
	"check":   {Name: "Check", Will: "The agent connects to it, asks for an echo and for what it accepts, and shows the steps. Nothing is sent."},
}

// actionsOn are those that there are for each kind of thing.
var actionsOn = map[string][]string{
	"runs": {"cancel", "retry", "resend", "rerun", "release", "discard"}, "arrivals": {"release", "discard", "rerun"},
	"flows": {"enable", "disable"}, "executors": {"drain", "undrain"}, "destinations": {"check"}, "notify": {"test"}, "bulk": {"cancel", "retry", "resend"},
}

// actionOn is the action that a page of /ui/THINGS/… asks for.
func actionOn(r *http.Request, word string) (action, error) {
	things, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/ui/"), "/")
	if !slices.Contains(actionsOn[things], word) {
		return action{}, notFound("no action on " + things + " is called " + word)
	}
	return actions[word], nil
}

// question is the page, or the dialog, that asks before something is done.
type question struct {
	action
	Word    string
	What    string // what it is done to
	Path    string // where the form goes
	Back    string
	Hidden  url.Values
	Flows   []string
	Tasks   []api.Task
	Targets []string
	Chosen  string
	AsksWho bool // it is unknown who asks
	Count   int  // things of a bulk action
	Most    bool // there are more than one order takes
}

func ask(r *http.Request, word, what, path, back string) (*question, *page, error) {
	known, err := actionOn(r, word)
	if err != nil {
		return nil, nil, err
	}
	if !web.Who(r).Role.May(run.Operator) {
		return nil, nil, errMayNot
	}
	q := &question{action: known, Word: word, What: what, Path: path, Back: back, AsksWho: !web.Who(r).Known.Proven()}
	return q, &page{Title: known.Name + " " + what, Data: q, Sections: []string{"ask"}, Static: true}, nil
}

func (p *Pages) askRun(r *http.Request) (*page, error) {
	found, err := p.api.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	at, word := "/ui/runs/"+string(found.ID), r.PathValue("action")
	q, made, err := ask(r, word, "run "+short(found.ID)+" of "+named(found.Flow, found.Version), at+"/"+word, at)
	if err != nil {
		return nil, err
	}
	made.Tab, q.Tasks, q.Chosen, q.Flows = "Runs", found.Tasks, r.URL.Query().Get("from"), p.flowNames()
	if word == "rerun" {
		q.Chosen = (flowID(found.Flow, found.Version))
	}
	for _, d := range found.Deliveries {
		if !d.Superseded {
			q.Targets = append(q.Targets, d.Destination)
		}
	}
	return made, nil
}

func flowID(name, version string) string {
	if version == "" {
		return name
	}
	return name + "@" + version
}

func (p *Pages) flowNames() (names []string) {
	for _, f := range p.api.Flows() {
		if f.Name != "" {
			names = append(names, f.ID)
		}
	}
	return names
}

func (p *Pages) askArrival(r *http.Request) (*page, error) {
	found, err := p.api.Arrival(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	at, word := "/ui/arrivals/"+string(found.ID), r.PathValue("action")
	q, made, err := ask(r, word, "arrival "+short(found.ID)+" from "+found.CallingAE, at+"/"+word, at)
	if err != nil {
		return nil, err
	}
	made.Tab, q.Flows = "Arrivals", p.flowNames()
	return made, nil
}

func (p *Pages) askFlow(r *http.Request) (*page, error) {
	found, err := p.api.Flow(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	at, word := flowPath(found.ID), r.PathValue("action")
	_, made, err := ask(r, word, "flow "+named(found.Name, found.Version), at+"/"+word, at)
	return tabbed(made, "Flows"), err
}

func (p *Pages) askExecutor(r *http.Request) (*page, error) {
	found, err := p.api.Executor(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	word := r.PathValue("action")
	_, made, err := ask(r, word, "executor "+found.ID, "/ui/executors/"+url.PathEscape(found.ID)+"/"+word, "/ui/executors")
	return tabbed(made, "Executors"), err
}

func (p *Pages) askCheck(r *http.Request) (*page, error) {
	name := r.PathValue("id")
	_, made, err := ask(r, "check", "destination "+name, "/ui/destinations/"+url.PathEscape(name)+"/check", "/ui/network")
	return tabbed(made, "Network"), err
}

func (p *Pages) askTest(r *http.Request) (*page, error) {
	found, err := p.api.NotifyBlock(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	_, made, err := ask(r, "test", "what "+found.ID+" is told by", "/ui/notify/"+url.PathEscape(found.ID)+"/test", "/ui/network")
	return tabbed(made, "Network"), err
}

func tabbed(made *page, name string) *page {
	if made != nil {
		made.Tab = name
	}
	return made
}

// order reads what a form asks for, and who asks.
func order(w http.ResponseWriter, r *http.Request) (api.Order, run.Actor, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return api.Order{}, run.Actor{}, badRequest("form: " + err.Error())
	}
	o := api.Order{
		By: strings.TrimSpace(r.PostForm.Get("by")), From: r.PostForm.Get("from"), To: r.PostForm.Get("to"), Flow: r.PostForm.Get("flow"),
		Reason: strings.TrimSpace(r.PostForm.Get("reason")),
	}
	return o, api.ActorOf(r, o.By), o.Check()
}

func (p *Pages) doRun(w http.ResponseWriter, r *http.Request) {
	p.do(w, r, func(ctx context.Context, id string, o api.Order, by run.Actor) (string, error) {
		made, err := p.actOnRun(ctx, r.PathValue("action"), id, o, by)
		return "/ui/runs/" + string(made.ID), err
	})
}

func (p *Pages) actOnRun(ctx context.Context, word, id string, o api.Order, by run.Actor) (api.Run, error) {
	switch word {
	case "cancel":
		return p.api.CancelRun(ctx, id, by)
	case "retry":
		return p.api.RetryRun(ctx, id, o, by)
	case "resend":
		return p.api.ResendRun(ctx, id, o, by)
	case "rerun":
		return p.api.RerunRun(ctx, id, o, by)
	case "release":
		return p.api.ReleaseRun(ctx, id, by)
	}
	return p.api.DiscardRun(ctx, id, o, by)
}

func (p *Pages) doArrival(w http.ResponseWriter, r *http.Request) {
	p.do(w, r, func(ctx context.Context, id string, o api.Order, by run.Actor) (string, error) {
		switch r.PathValue("action") {
		case "release":
			_, err := p.api.ReleaseArrival(ctx, id, by)
			return "/ui/arrivals/" + id, err
		case "discard":
			_, err := p.api.DiscardArrival(ctx, id, o, by)
			return "/ui/arrivals/" + id, err
		}
		made, err := p.api.RerunArrival(ctx, id, o, by)
		return "/ui/runs/" + string(made.ID), err
	})
}

func (p *Pages) doFlow(w http.ResponseWriter, r *http.Request) {
	p.do(w, r, func(ctx context.Context, id string, _ api.Order, by run.Actor) (string, error) {
		_, err := p.api.SwitchFlow(ctx, id, r.PathValue("action") == "enable", by)
		return flowPath(id), err
	})
}

func (p *Pages) doExecutor(w http.ResponseWriter, r *http.Request) {
	p.do(w, r, func(ctx context.Context, id string, _ api.Order, by run.Actor) (string, error) {
		_, err := p.api.Drain(ctx, id, r.PathValue("action") == "drain", by)
		return "/ui/executors", err
	})
}

// do has an action done, and leads to where it shows.
func (p *Pages) do(w http.ResponseWriter, r *http.Request, act func(context.Context, string, api.Order, run.Actor) (to string, err error)) {
	word := r.PathValue("action")
	o, by, err := order(w, r)
	if err == nil {
		_, err = actionOn(r, word)
	}
	to := ""
	if err == nil {
		to, err = act(r.Context(), r.PathValue("id"), o, by)
	}
	if err != nil {
		p.sorry(w, r, err)
		return
	}
	p.told.say(w, r, word, to)
	http.Redirect(w, r, to, http.StatusSeeOther)
}
