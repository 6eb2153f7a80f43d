package engine

import "github.com/raddeploy/raddeploy/sdk"

// Kinds gives the errors of an engine's client library their kinds, for engines
// whose library has its own.
type Kinds struct {
	Name string // of the engine
	// Message is what the engine said, without the library's decoration.
	Message     func(error) string
	Unreachable func(error) bool // it is unknown whether the call had an effect
	NotFound    func(error) bool
}

// said is an error in the engine's words alone.
type said struct {
	error
	message string
}

func (s said) Error() string { return s.message }

func (s said) Unwrap() error { return s.error }

// Said is an error in the engine's words alone. Nil stays nil.
func (k Kinds) Said(err error) error {
	if err == nil {
		return nil
	}
	return said{err, k.Message(err)}
}

// Of is the error of any call: Unavailable if the engine could not be reached,
// and of no kind if it had none. One that has a kind keeps it.
func (k Kinds) Of(err error) error {
	switch {
	case err == nil || sdk.KindOf(err) != sdk.Unknown:
		return err
	case k.Unreachable(err):
		return sdk.Errorf(sdk.Unavailable, "%s does not answer: %w", k.Name, err)
	}
	return k.Said(err)
}

// OfContainer is the error of a call about one container: NotFound says that it
// is not there.
func (k Kinds) OfContainer(err error) error {
	if err != nil && k.NotFound(err) {
		return sdk.Errorf(sdk.NotFound, "%w", k.Said(err))
	}
	return k.Of(err)
}
