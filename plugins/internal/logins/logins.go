// Package logins finds the credentials that docker login has written, in a
// config.json or behind a credential helper. A registry's name goes in and
// credentials come out; nothing is kept and nothing is logged.
package logins

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"
)

// DockerHub is the name that config.json has for Docker's own registry.
const DockerHub = "https://index.docker.io/v1/"

// Logins is a config.json as docker login writes it. The file is read again at
// each use, so that a login counts at once; one that cannot be read counts as
// empty, and the registry's refusal tells the rest.
type Logins struct{ file string }

// Open takes the file that the site names, or else the one in the user's home
// folder.
func Open(file string) Logins {
	if file == "" {
		if me, err := user.Current(); err == nil {
			file = filepath.Join(me.HomeDir, ".docker", "config.json")
		}
	}
	return Logins{file}
}

// Credentials open a registry: a name and a password, or a token. The zero
// value is nobody.
type Credentials struct{ Username, Password, Token string }

// Find returns the credentials for a registry, by the name that the file has
// for it.
func (l Logins) Find(registry string) Credentials {
	text, err := os.ReadFile(l.file)
	if err != nil {
		return Credentials{}
	}
	var config struct {
		Auths map[string]struct {
			Auth          string `json:"auth"`
			IdentityToken string `json:"identitytoken"`
		} `json:"auths"`
		Store   string            `json:"credsStore"`
		Helpers map[string]string `json:"credHelpers"`
	}
	if json.Unmarshal(text, &config) != nil {
		return Credentials{}
	}
	if helper := config.Helpers[strings.TrimSuffix(registry, "/v1/")]; helper != "" {
		return ask(helper, registry)
	}
	if config.Store != "" {
		return ask(config.Store, registry)
	}
	for _, name := range []string{registry, "https://" + registry, "http://" + registry} {
		entry, ok := config.Auths[name]
		if !ok {
			continue
		}
		plain, _ := base64.StdEncoding.DecodeString(entry.Auth)
		name, password, _ := strings.Cut(string(bytes.TrimRight(plain, "\x00")), ":")
		return Credentials{name, password, entry.IdentityToken}
	}
	return Credentials{}
}

// ask runs a credential helper: a program that is given the registry on its
// standard input and answers with JSON.
func ask(helper, registry string) Credentials {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "docker-credential-"+filepath.Base(helper), "get")
	command.Stdin = strings.NewReader(registry)
	text, err := command.Output()
	var answer struct{ Username, Secret string }
	if err != nil || json.Unmarshal(text, &answer) != nil {
		return Credentials{}
	}
	if answer.Username == "<token>" {
		return Credentials{Token: answer.Secret}
	}
	return Credentials{Username: answer.Username, Password: answer.Secret}
}
