package containerd

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

// dockerHub is the name that config.json has for Docker's own registry.
const dockerHub = "https://index.docker.io/v1/"

// logins finds credentials for registries in a config.json as docker login writes it. The file is read again at each use, so that
// a login counts at once; one that cannot be read counts as empty, and the registry's refusal tells the rest.
type logins struct{ file string }

// loginsFrom takes the file that the site names, or else the one in the user's home folder.
func loginsFrom(file string) logins {
	if file == "" {
		if me, err := user.Current(); err == nil {
			file = filepath.Join(me.HomeDir, ".docker", "config.json")
		}
	}
	return logins{file}
}

// credentials are a name and a password, or a token alone.
type credentials struct{ user, secret string }

// find returns the credentials for a registry's address, or the zero value.
func (l logins) find(registry string) credentials {
	text, err := os.ReadFile(l.file)
	if err != nil {
		return credentials{}
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
		return credentials{}
	}
	if registry == "docker.io" || registry == "registry-1.docker.io" {
		registry = dockerHub
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
		if entry.IdentityToken != "" {
			return credentials{secret: entry.IdentityToken}
		}
		return credentials{name, password}
	}
	return credentials{}
}

// ask runs a credential helper: a program that is given the registry on its standard input and answers with JSON.
func ask(helper, registry string) credentials {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "docker-credential-"+filepath.Base(helper), "get")
	command.Stdin = strings.NewReader(registry)
	text, err := command.Output()
	var answer struct{ Username, Secret string }
	if err != nil || json.Unmarshal(text, &answer) != nil {
		return credentials{}
	}
	if answer.Username == "<token>" {
		return credentials{secret: answer.Secret}
	}
	return credentials{answer.Username, answer.Secret}
}
