package sdk

// Plugin is a plugin's declaration, given to [Main].
type Plugin struct {
	// as in the site's `executor "NAME"`; the binary is called
	// raddeploy-executor-NAME
	Name    string
	Version string
	Doc     string // one sentence
	// Config is a pointer to a struct that describes the executor's site
	// configuration by its fields' tags and receives it before Configure. Nil:
	// none.
	Config any
	// Options is a pointer to a struct that describes the words of a model's
	// `options`. Nil: none.
	Options  any
	Executor Executor
}
