package conformance

import (
	"errors"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// word is something neutral that a task may ask for and an executor may lack:
// the names by which a diagnostic's path may call it.
type word []string

var (
	wordImage   = word{"image", "container"}
	wordMemory  = word{"mem_limit", "memory", "memswap_limit", "memory_swap"}
	wordUser    = word{"user"}
	wordGPU     = word{"gpu", "gpus"}
	wordEnv     = word{"env", "environment"}
	wordTimeout = word{"timeout"}
	wordRoles   = map[sdk.Role]word{
		sdk.Input:   {"input", "inputs", "input_mounts"},
		sdk.Output:  {"output", "outputs", "output_mounts"},
		sdk.Static:  {"static", "statics", "static_mounts"},
		sdk.Scratch: {"scratch", "scratch_mounts"},
	}
)

// askedFor lists the words that a task stands on.
func askedFor(task *sdk.Task) []word {
	words := []word{wordImage}
	add := func(asked bool, w word) {
		if asked {
			words = append(words, w)
		}
	}
	add(task.Resources.Memory > 0, wordMemory)
	add(task.Container.User != "", wordUser)
	add(len(task.GPUs) > 0 || task.GPUCount > 0, wordGPU)
	add(len(task.Container.Env) > 0, wordEnv)
	add(task.Timeout > 0, wordTimeout)
	for _, mount := range task.Mounts {
		words = append(words, wordRoles[mount.Role], word{mount.Name})
	}
	return words
}

func about(d sdk.Diagnostic, words []word) bool {
	return slices.ContainsFunc(d.Path, func(element string) bool {
		return slices.ContainsFunc(words, func(w word) bool { return slices.Contains(w, strings.ToLower(element)) })
	})
}

// complaints asks ValidateTask. Complaints about the options come as an error,
// and count the same.
func (a *attempt) complaints() (sdk.Diagnostics, error) {
	ctx, cancel := a.t.patience()
	defer cancel()
	found, err := a.house.client.ValidateTask(ctx, a.task)
	var typed *sdk.Error
	if errors.As(err, &typed) && typed.Kind == sdk.InvalidArgument && len(typed.Diagnostics) > 0 {
		return typed.Diagnostics, nil
	}
	return found, err
}

// validate ends the case if ValidateTask complains: as not offered if it is
// about what the task asks for. A warning does so only if it is about one of
// the words.
func (a *attempt) validate(words ...word) {
	found, err := a.complaints()
	if err != nil {
		a.t.fatal("ValidateTask of a plain task: %v", err)
	}
	for _, d := range found {
		switch {
		case d.Warning && about(d, words):
			a.t.lack("ValidateTask warns: %s", d)
		case !d.Warning && about(d, append(askedFor(a.task), words...)):
			a.t.lack("ValidateTask refuses: %s", d)
		case !d.Warning:
			a.t.fatal("ValidateTask complains about a task that asks for nothing special: %s", d)
		}
	}
}

// accepts tells whether ValidateTask lets the task be run.
func (a *attempt) accepts() bool {
	found, err := a.complaints()
	return err == nil && !found.Failed()
}
