package agent

// signal wakes a loop. Waking twice before the loop looks is the same as once.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) wake() {
	select {
	case s <- struct{}{}:
	default:
	}
}
