package main

// Config is what a site may write into the `config` block of its executor. The
// tags are its documentation and its checks: the agent decodes the block with
// them, and shows the line of what does not fit. It is filled before Configure
// is called.
type Config struct {
	Shell string `raddeploy:"shell" default:"/bin/sh" doc:"the shell that the stand-in for a backend is run by"`
	Slots int    `raddeploy:"slots" doc:"tasks at once; 0: as many as the executor's block in the site's configuration says"`
}

// Options is what a flow may write into a model's `options`: words that only
// this executor knows. A word that a site has to allow first gets the tag
// guarded:"true". What every executor should know is no option but a field of
// sdk.Task.
type Options struct {
	Nice int `raddeploy:"nice" doc:"how far the task steps back for others, from 0 to 19"`
}
