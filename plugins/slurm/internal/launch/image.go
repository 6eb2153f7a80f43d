package launch

// ImageConfig is what an image says of how it wants to be run.
type ImageConfig struct {
	Env        []string `json:"env,omitempty"` // NAME=value
	Entrypoint []string `json:"entrypoint,omitempty"`
	Command    []string `json:"command,omitempty"`
	User       string   `json:"user,omitempty"`
	WorkingDir string   `json:"working_dir,omitempty"`
}
