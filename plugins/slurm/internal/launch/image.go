package launch

import (
	"path"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// ImageConfig is what an image says of how it wants to be run.
type ImageConfig struct {
	Env        []string `json:"env,omitempty"` // NAME=value
	Entrypoint []string `json:"entrypoint,omitempty"`
	Command    []string `json:"command,omitempty"`
	User       string   `json:"user,omitempty"`
	WorkingDir string   `json:"working_dir,omitempty"`
}

// defaultPath is PATH where neither the image nor the flow says one, as
// container engines have it.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// argv is what is executed. As with Docker, an entrypoint of the flow's own
// takes the image's command away.
func (c *Container) argv() []string {
	entrypoint, command := c.Entrypoint, c.Command
	if entrypoint == nil {
		entrypoint = c.Fetched.Config.Entrypoint
		if command == nil {
			command = c.Fetched.Config.Command
		}
	}
	return append(append([]string{}, entrypoint...), command...)
}

// environment is the whole environment of the process, each name once.
func (c *Container) environment() []sdk.EnvVar {
	var all []sdk.EnvVar
	at := map[string]int{}
	set := func(name, value string) {
		if i, ok := at[name]; ok {
			all[i].Value = value
			return
		}
		at[name] = len(all)
		all = append(all, sdk.EnvVar{Name: name, Value: value})
	}
	set("PATH", defaultPath)
	for _, entry := range c.Fetched.Config.Env {
		name, value, _ := strings.Cut(entry, "=")
		set(name, value)
	}
	for _, v := range c.Env {
		set(v.Name, v.Value)
	}
	return all
}

// assignments is the environment as words for the program env.
func (c *Container) assignments() []string {
	var list []string
	for _, v := range c.environment() {
		list = append(list, v.Name+"="+v.Value)
	}
	return list
}

// workingDir is where the process starts.
func (c *Container) workingDir() string {
	for _, dir := range []string{c.WorkingDir, c.Fetched.Config.WorkingDir} {
		if dir != "" {
			return path.Join("/", dir)
		}
	}
	return "/"
}

// user is who the process runs as, in the image's words; "": root.
func (c *Container) user() string {
	if c.User != "" {
		return c.User
	}
	return c.Fetched.Config.User
}

// local tells whether the image is a path on the shared file system.
func (c *Container) local() bool { return strings.HasPrefix(c.Image, "/") }
