package api

import (
	"encoding/json"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
)

// definitionOf is a stored flow in the words of a flow file (see
// [flowfile.WriteJSON]); nil: a newer version stored it.
func definitionOf(stored []byte) json.RawMessage {
	f, err := flow.Decode(stored)
	if err != nil {
		return nil
	}
	return flowfile.WriteJSON(f)
}
